// keys and values of slot start + i -> slot end + i, in place, for i < count; the keys turn by the difference of the positions: R(p + d) k = R(d) R(p) k

#import keep

const WORKGROUP: u32 = 64u;

struct Params {
    start: u32,
    end: u32,
    count: u32,
    key_heads: u32,
    head_dim: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [head_dim / 2]: cosine and sine of the turn of each pair.
@group(0) @binding(1) var<storage, read> turns: array<vec2<f32>>;
// Binding 2, in a file of its own: [slots, key heads and value heads, head_dim].

// The head on its way.
var<workgroup> turned: array<f32, 256>;

// A workgroup moves one head of all slots, one after the other: in the order in which none is written before it was read.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let half = params.head_dim / 2u;
    let heads = 2u * params.key_heads;
    for (var n = 0u; n < params.count; n++) {
        let i = select(n, params.count - 1u - n, params.end > params.start);
        let source = (params.start + i) * heads + group.x;
        for (var pair = lane; pair < half; pair += WORKGROUP) {
            let first = kept(source, pair);
            let second = kept(source, half + pair);
            var turn = vec2<f32>(1.0, 0.0);
            if group.x < params.key_heads {
                turn = turns[pair];
            }
            turned[pair] = first * turn.x - second * turn.y;
            turned[half + pair] = second * turn.x + first * turn.y;
        }
        workgroupBarrier();
        keep((params.end + i) * heads + group.x, lane);
        workgroupBarrier();
    }
}
