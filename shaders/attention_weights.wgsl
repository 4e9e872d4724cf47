// weights[i, h, :] = softmax over seen slots j of (q[rows[first + i], h] · k[j, g(h)] * scale), 0 for the slots that are not seen

#import reduce

const WORKGROUP: u32 = 64u;
const UNSEEN: u32 = 0xffffffffu;
const LOWEST: f32 = -3.0e38;

struct Params {
    keys: u32,
    query_heads: u32,
    key_heads: u32,
    head_dim: u32,
    scale: f32,
    // Numbers from one row of queries to the next.
    stride: u32,
    first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [.., stride]; a row begins with its queries [query heads, head_dim]
@group(0) @binding(1) var<storage, read> queries: array<f32>;
// [keys, 2 * key heads, head_dim]
@group(0) @binding(2) var<storage, read> store: array<f32>;
// Attention class of each slot; of all classes but the largest all are seen.
@group(0) @binding(3) var<storage, read> key_classes: array<u32>;
@group(0) @binding(4) var<storage, read> rows: array<u32>;
// [.., query heads, keys]
@group(0) @binding(5) var<storage, read_write> weights: array<f32>;

fn score(query: u32, key: u32) -> f32 {
    var product = 0.0;
    for (var i = 0u; i < params.head_dim; i++) {
        product += queries[query + i] * store[key + i];
    }
    return product * params.scale;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let head = group.x;
    let at = (group.y * params.query_heads + head) * params.keys;
    let query = rows[params.first + group.y] * params.stride + head * params.head_dim;
    let key_head = head / (params.query_heads / params.key_heads);
    var largest = LOWEST;
    for (var j = lane.index; j < params.keys; j += WORKGROUP) {
        var s = LOWEST;
        if key_classes[j] != UNSEEN {
            s = score(query, (j * 2u * params.key_heads + key_head) * params.head_dim);
        }
        weights[at + j] = s;
        largest = max(largest, s);
    }
    let most = reduce_max(largest, lane);
    var sum = 0.0;
    for (var j = lane.index; j < params.keys; j += WORKGROUP) {
        let weight = select(0.0, exp(weights[at + j] - most), key_classes[j] != UNSEEN);
        weights[at + j] = weight;
        sum += weight;
    }
    let total = reduce_sum(sum, lane);
    for (var j = lane.index; j < params.keys; j += WORKGROUP) {
        weights[at + j] /= total;
    }
}
