// scores[i] = mean over the rows r of a block and over heads h of q[r, h, :] · k[slot(i), g(h), :]; slot(i) is the i-th slot outside the block, whose rows and slots begin at gap[0]

const WORKGROUP: u32 = 64u;
// Largest head_dim.
const DIMS: u32 = 256u;

struct Params {
    candidates: u32,
    // Of the block.
    rows: u32,
    query_heads: u32,
    key_heads: u32,
    head_dim: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, query heads + 2 * key heads, head_dim]
@group(0) @binding(1) var<storage, read> qkv: array<f32>;
// [slots, 2 * key heads, head_dim]
@group(0) @binding(2) var<storage, read> store: array<f32>;
// [1]
@group(0) @binding(3) var<storage, read> gap: array<u32>;
// [candidates]
@group(0) @binding(4) var<storage, read_write> scores: array<f32>;

// The sum of the block's queries that read one key head.
var<workgroup> query: array<f32, DIMS>;

fn query_sum(key_head: u32, dim: u32) -> f32 {
    let heads = params.query_heads / params.key_heads;
    let stride = (params.query_heads + 2u * params.key_heads) * params.head_dim;
    var sum = 0.0;
    for (var row = gap[0]; row < gap[0] + params.rows; row++) {
        for (var h = 0u; h < heads; h++) {
            sum += qkv[row * stride + (key_head * heads + h) * params.head_dim + dim];
        }
    }
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let i = group.x * WORKGROUP + lane;
    let slot = i + select(0u, params.rows, i >= gap[0]);
    var score = 0.0;
    for (var g = 0u; g < params.key_heads; g++) {
        for (var dim = lane; dim < params.head_dim; dim += WORKGROUP) {
            query[dim] = query_sum(g, dim);
        }
        workgroupBarrier();
        if i < params.candidates {
            let key = (slot * 2u * params.key_heads + g) * params.head_dim;
            for (var dim = 0u; dim < params.head_dim; dim++) {
                score += query[dim] * store[key + dim];
            }
        }
        workgroupBarrier();
    }
    if i < params.candidates {
        scores[i] = score / f32(params.rows * params.query_heads);
    }
}
