// out[r, h, :] = softmax over visible keys j of (q[r, h] · k[j, g] * scale) times v[j, g, :]; key j is visible to row r when key_class[j] <= class[r], j is not blind[r], and `sight` reaches it

#import reduce
#import sight

const WORKGROUP: u32 = 64u;
// Dimensions of the head that one lane accumulates: head_dim may be up to WORKGROUP * 4.
const LANE_DIMS: u32 = 4u;
// Finite, so that a chunk without a visible key gives exp(0) * 0 and never a NaN.
const HIDDEN: f32 = -1e30;

struct Params {
    rows: u32,
    keys: u32,
    query_heads: u32,
    key_heads: u32,
    head_dim: u32,
    scale: f32,
    // Farthest position that is seen, where sight is near.
    reach: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, query heads + 2 * key heads, head_dim]
@group(0) @binding(1) var<storage, read> qkv: array<f32>;
// [keys, key heads and value heads, head_dim]: the slots of the store, of this forward's rows and of earlier ones
@group(0) @binding(2) var<storage, read> store: array<f32>;
// Attention class of each row: all equal is full attention, the block's index is block-causal, the position is causal.
@group(0) @binding(3) var<storage, read> classes: array<u32>;
// Attention class of each slot.
@group(0) @binding(4) var<storage, read> key_classes: array<u32>;
// A slot that each row does not see, whatever its class; NO_TOKEN for none. An extra row at a position hides that position's own row with it.
@group(0) @binding(5) var<storage, read> blind: array<u32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

var<workgroup> chunk_weights: array<f32, WORKGROUP>;

fn score(query: u32, key: u32) -> f32 {
    var product = 0.0;
    for (var i = 0u; i < params.head_dim; i++) {
        product += qkv[query + i] * store[key + i];
    }
    return product * params.scale;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let head = group.x;
    let row = group.y;
    let stride = (params.query_heads + 2u * params.key_heads) * params.head_dim;
    let key_head = head / (params.query_heads / params.key_heads);
    let query = row * stride + head * params.head_dim;
    let key_stride = 2u * params.key_heads * params.head_dim;
    let first_key = key_head * params.head_dim;
    let first_value = first_key + params.key_heads * params.head_dim;

    var largest = HIDDEN;
    var total = 0.0;
    var sums: array<f32, LANE_DIMS>;
    for (var chunk = 0u; chunk < params.keys; chunk += WORKGROUP) {
        let key = chunk + lane.index;
        let allowed = key_classes[min(key, params.keys - 1u)] <= classes[row] && key != blind[row] && is_near(row, key);
        let visible = key < params.keys && allowed;
        var s = HIDDEN;
        if visible {
            s = score(query, key * key_stride + first_key);
        }
        let new_largest = max(largest, reduce_max(s, lane));
        let weight = select(0.0, exp(s - new_largest), visible);
        let rescale = exp(largest - new_largest);
        chunk_weights[lane.index] = weight;
        // The reduction's barriers also publish chunk_weights.
        total = total * rescale + reduce_sum(weight, lane);
        largest = new_largest;
        let keys = min(WORKGROUP, params.keys - chunk);
        for (var d = 0u; d < LANE_DIMS; d++) {
            let dim = d * WORKGROUP + lane.index;
            if dim < params.head_dim {
                var sum = sums[d] * rescale;
                for (var j = 0u; j < keys; j++) {
                    sum += chunk_weights[j] * store[(chunk + j) * key_stride + first_value + dim];
                }
                sums[d] = sum;
            }
        }
        workgroupBarrier();
    }
    for (var d = 0u; d < LANE_DIMS; d++) {
        let dim = d * WORKGROUP + lane.index;
        if dim < params.head_dim {
            out[(row * params.query_heads + head) * params.head_dim + dim] = sums[d] / total;
        }
    }
}
