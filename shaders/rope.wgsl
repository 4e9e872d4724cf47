// q, k -> rotate(norm(q)), rotate(norm(k)) in place; pairs are (i, i + head_dim/2), angle = position * theta^(-2i/head_dim)

#import reduce
#import head_norm

const WORKGROUP: u32 = 64u;

struct Params {
    query_heads: u32,
    head_dim: u32,
    // Numbers from one row of qkv to the next.
    stride: u32,
    eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, query heads + 2 * key heads, head_dim]
@group(0) @binding(1) var<storage, read_write> qkv: array<f32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
// [positions, head_dim / 2]: (cos, sin), computed on the host, where f32 trigonometry is exact enough.
@group(0) @binding(3) var<storage, read> rotations: array<vec2<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let head = group.x;
    let row = group.y;
    let at = row * params.stride + head * params.head_dim;
    let half = params.head_dim / 2u;
    let factor = head_factor(at, head, lane);
    for (var i = lane.index; i < half; i += WORKGROUP) {
        let first = qkv[at + i] * factor * head_gain(head, i);
        let second = qkv[at + half + i] * factor * head_gain(head, half + i);
        let turn = rotations[positions[row] * half + i];
        qkv[at + i] = first * turn.x - second * turn.y;
        qkv[at + half + i] = second * turn.x + first * turn.y;
    }
}
