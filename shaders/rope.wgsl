// q -> rotate(norm(q)) in place; rotate(norm(k)) and v go to the row's slot of the store; pairs are (i, i + head_dim/2), angle = position * theta^(-2i/head_dim)

#import reduce
#import head_norm
#import keep

const WORKGROUP: u32 = 64u;

struct Params {
    query_heads: u32,
    key_heads: u32,
    head_dim: u32,
    // Numbers from one row of qkv to the next.
    stride: u32,
    eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, query heads + 2 * key heads, head_dim]
@group(0) @binding(1) var<storage, read_write> qkv: array<f32>;
// Binding 2, in a file of its own: [slots, key heads and value heads, head_dim].
@group(0) @binding(3) var<storage, read> positions: array<u32>;
// [positions, head_dim / 2]: (cos, sin), computed on the host, where f32 trigonometry is exact enough.
@group(0) @binding(4) var<storage, read> rotations: array<vec2<f32>>;
// Where the keys and values of each row are kept.
@group(0) @binding(5) var<storage, read> slots: array<u32>;

// The head on its way to the store.
var<workgroup> turned: array<f32, 256>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let head = group.x;
    let row = group.y;
    let at = row * params.stride + head * params.head_dim;
    let half = params.head_dim / 2u;
    let factor = head_factor(at, head, lane);
    let kept = slots[row] * 2u * params.key_heads + head - params.query_heads;
    if head >= params.query_heads + params.key_heads {
        for (var i = lane.index; i < params.head_dim; i += WORKGROUP) {
            turned[i] = qkv[at + i];
        }
        workgroupBarrier();
        keep(kept, lane.index);
        return;
    }
    for (var i = lane.index; i < half; i += WORKGROUP) {
        let first = qkv[at + i] * factor * head_gain(head, i);
        let second = qkv[at + half + i] * factor * head_gain(head, half + i);
        let turn = rotations[positions[row] * half + i];
        turned[i] = first * turn.x - second * turn.y;
        turned[half + i] = second * turn.x + first * turn.y;
        if head < params.query_heads {
            qkv[at + i] = turned[i];
            qkv[at + half + i] = turned[half + i];
        }
    }
    workgroupBarrier();
    if head >= params.query_heads {
        keep(kept, lane.index);
    }
}
