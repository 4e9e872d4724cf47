// y[i] = sum over 8 chains c of v_c, where v_c = c + i / 65536 at first and v_c * factor + term in each of 32 * rounds
// steps: arithmetic and nothing else, which tells how fast a device could be. The values are numbers or, in every
// component the same, quads: some compilers keep one of the two in registers and not the other.

#import chain

const WORKGROUP: u32 = 64u;

struct Params {
    rounds: u32,
    factor: f32,
    term: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Chains {
    a: Value,
    b: Value,
    c: Value,
    d: Value,
    e: Value,
    f: Value,
    g: Value,
    h: Value,
    factor: Value,
    term: Value,
}

fn step(c: Chains, v: Value) -> Value {
    return fma(v, c.factor, c.term);
}

// All chains advance together: a step waits for the one before it, but not for the other chains.
fn one(c: Chains) -> Chains {
    return Chains(
        step(c, c.a),
        step(c, c.b),
        step(c, c.c),
        step(c, c.d),
        step(c, c.e),
        step(c, c.f),
        step(c, c.g),
        step(c, c.h),
        c.factor,
        c.term,
    );
}

fn four(c: Chains) -> Chains {
    return one(one(one(one(c))));
}

fn sixteen(c: Chains) -> Chains {
    return four(four(four(four(c))));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let start = f32(id.x) / 65536.0;
    var c = Chains(
        Value(start),
        Value(start + 1.0),
        Value(start + 2.0),
        Value(start + 3.0),
        Value(start + 4.0),
        Value(start + 5.0),
        Value(start + 6.0),
        Value(start + 7.0),
        Value(params.factor),
        Value(params.term),
    );
    for (var i = 0u; i < params.rounds; i++) {
        c = sixteen(sixteen(c));
    }
    y[id.x] = total(c.a + c.b + c.c + c.d + c.e + c.f + c.g + c.h);
}
