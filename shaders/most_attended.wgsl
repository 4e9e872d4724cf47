// found[at] = the slot j, of those with candidates[j] = 1, of the largest sum over count[0] rows and over heads of weights[r, h, j]; the first of equal ones, NONE without a candidate

const WORKGROUP: u32 = 64u;
const NONE: u32 = 0xffffffffu;

struct Params {
    heads: u32,
    keys: u32,
    at: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, heads, keys]
@group(0) @binding(1) var<storage, read> weights: array<f32>;
// [1]
@group(0) @binding(2) var<storage, read> count: array<u32>;
// [keys]
@group(0) @binding(3) var<storage, read> candidates: array<u32>;
@group(0) @binding(4) var<storage, read_write> found: array<u32>;

var<workgroup> sums: array<f32, WORKGROUP>;
var<workgroup> slots: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
    var most = -1.0;
    var slot = NONE;
    for (var j = lane; j < params.keys; j += WORKGROUP) {
        var sum = 0.0;
        for (var row = 0u; row < count[0] * params.heads; row++) {
            sum += weights[row * params.keys + j];
        }
        if candidates[j] == 1u && sum > most {
            most = sum;
            slot = j;
        }
    }
    sums[lane] = most;
    slots[lane] = slot;
    workgroupBarrier();
    if lane == 0u {
        for (var other = 1u; other < WORKGROUP; other++) {
            let is_more = sums[other] > most || (sums[other] == most && slots[other] < slot);
            most = select(most, sums[other], is_more);
            slot = select(slot, slots[other], is_more);
        }
        found[params.at] = slot;
    }
}
