// readout[r].kl = sum over v of p_v * (ln(p_v + 1e-12) - ln(q_v + 1e-12)); p = softmax(logits[r, :]), q = softmax(earlier[previous[r], :]), both in stat space

#import reduce
#import lib/record_row
#import lib/stat_logit
#import lib/readout

const WORKGROUP: u32 = 256u;
const FLOOR: f32 = 1e-12;

struct Params {
    vocabulary: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, vocabulary]
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> readout: array<ReadoutRow>;
@group(0) @binding(3) var<storage, read> record_rows: array<RecordRow>;
// [rows of the step before, vocabulary]
@group(0) @binding(4) var<storage, read> earlier: array<f32>;
// [rows]: each row's row of `earlier`; NO_TOKEN for none.
@group(0) @binding(5) var<storage, read> previous: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let row = group.x;
    if previous[row] == NO_TOKEN {
        if lane.index == 0u {
            // The largest finite number.
            readout[row].kl = bitcast<f32>(0x7f7fffffu);
        }
        return;
    }
    let now = row * params.vocabulary;
    let before = previous[row] * params.vocabulary;
    let scale = record_rows[row].scale;
    var tops = vec2<f32>(LOWEST);
    for (var id = lane.index; id < params.vocabulary; id += WORKGROUP) {
        tops = max(tops, vec2<f32>(stat_logit(logits[now + id], scale), stat_logit(earlier[before + id], scale)));
    }
    tops = vec2<f32>(reduce_max(tops.x, lane), reduce_max(tops.y, lane));
    var sums = vec2<f32>();
    for (var id = lane.index; id < params.vocabulary; id += WORKGROUP) {
        sums += exp(vec2<f32>(stat_logit(logits[now + id], scale), stat_logit(earlier[before + id], scale)) - tops);
    }
    sums = vec2<f32>(reduce_sum(sums.x, lane), reduce_sum(sums.y, lane));
    var divergence = 0.0;
    for (var id = lane.index; id < params.vocabulary; id += WORKGROUP) {
        let p = exp(stat_logit(logits[now + id], scale) - tops.x) / sums.x;
        let q = exp(stat_logit(earlier[before + id], scale) - tops.y) / sums.y;
        divergence += p * (log(p + FLOOR) - log(q + FLOOR));
    }
    divergence = reduce_sum(divergence, lane);
    if lane.index == 0u {
        readout[row].kl = divergence;
    }
}
