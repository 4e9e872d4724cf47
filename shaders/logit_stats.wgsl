// readout[r].record = statistics of the logits[r, :] that top-p and top-k keep, in stat space; a logit is kept when what lies strictly above it is at most top_p of the mass and fewer than top_k ids

#import reduce
#import lib/record_row
#import lib/random
#import lib/logit_rules
#import lib/stat_logit
#import lib/readout

const WORKGROUP: u32 = 256u;

struct Params {
    vocabulary: u32,
    // Where the stop ids start in `special`, and their number.
    first_stop: u32,
    stops: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, vocabulary]
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> readout: array<ReadoutRow>;
@group(0) @binding(3) var<storage, read> record_rows: array<RecordRow>;
@group(0) @binding(4) var<storage, read> rules: Rules;
@group(0) @binding(5) var<storage, read> special: array<u32>;

var<workgroup> lane_stats: array<Stats, WORKGROUP>;

fn logit_at(row: u32, id: u32) -> f32 {
    return stat_logit(logits[row * params.vocabulary + id], record_rows[row].scale);
}

fn is_stop(id: u32) -> bool {
    var found = false;
    for (var i = 0u; i < params.stops; i++) {
        found = found || special[params.first_stop + i] == id;
    }
    return found;
}

// Orders as the logits do; equal logits have equal keys, and no key is 0.
fn rank_key(l: f32) -> u32 {
    let bits = bitcast<u32>(select(l, 0.0, l == 0.0));
    return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

fn largest_logit(row: u32, lane: Lane) -> f32 {
    var largest = LOWEST;
    for (var id = lane.index; id < params.vocabulary; id += WORKGROUP) {
        largest = max(largest, logit_at(row, id));
    }
    return reduce_max(largest, lane);
}

// Weight of the logits whose key is above each of three: their mass relative to `largest`, or their number.
fn weight_above(row: u32, keys: vec3<u32>, largest: f32, by_mass: bool, lane: Lane) -> vec3<f32> {
    var above = vec3<f32>();
    for (var id = lane.index; id < params.vocabulary; id += WORKGROUP) {
        let l = logit_at(row, id);
        if l > LOWEST {
            let weight = select(1.0, exp(l - largest), by_mass);
            above += select(vec3<f32>(), vec3<f32>(weight), vec3<u32>(rank_key(l)) > keys);
        }
    }
    return vec3<f32>(reduce_sum(above.x, lane), reduce_sum(above.y, lane), reduce_sum(above.z, lane));
}

// The smallest key with at most `limit` above it: two bits of the largest key that fails a round.
fn lowest_key(row: u32, limit: f32, largest: f32, by_mass: bool, lane: Lane) -> u32 {
    var failing = 0u;
    for (var round = 0u; round < 16u; round++) {
        let step = 1u << (30u - 2u * round);
        let keys = vec3<u32>(failing) + vec3<u32>(step, 2u * step, 3u * step);
        let above = weight_above(row, keys, largest, by_mass, lane);
        failing += step * (u32(above.x > limit) + u32(above.y > limit) + u32(above.z > limit));
    }
    return failing + 1u;
}

fn cut(row: u32, lane: Lane) -> u32 {
    var key = 0u;
    if rules.top_p < 1.0 {
        let largest = largest_logit(row, lane);
        let total = weight_above(row, vec3<u32>(), largest, true, lane).x;
        key = lowest_key(row, rules.top_p * total, largest, true, lane);
    }
    if rules.top_k > 0u {
        key = max(key, lowest_key(row, f32(rules.top_k) - 1.0, 0.0, false, lane));
    }
    return key;
}

// Statistics of the logits whose key is `key` or above; every lane gets them.
fn stats_from(row: u32, key: u32, with_stops: bool, lane: Lane) -> Stats {
    let recorded = record_rows[row];
    var stats = no_stats();
    for (var id = lane.index; id < params.vocabulary; id += WORKGROUP) {
        let l = logit_at(row, id);
        if l <= LOWEST || rank_key(l) < key || (!with_stops && is_stop(id)) {
            continue;
        }
        var noisy = l;
        if recorded.noise != 0.0 {
            noisy += recorded.noise * gumbel(recorded.key, id);
        }
        stats = add_logit(stats, id, l, noisy);
    }
    lane_stats[lane.index] = stats;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if lane.index < half {
            lane_stats[lane.index] = merge(lane_stats[lane.index], lane_stats[lane.index + half]);
        }
        workgroupBarrier();
    }
    let merged = lane_stats[0];
    workgroupBarrier();
    return merged;
}

fn kept_logit(row: u32, id: u32, key: u32) -> f32 {
    if id >= params.vocabulary {
        return LOWEST;
    }
    let l = logit_at(row, id);
    return select(LOWEST, l, rank_key(l) >= key);
}

// The chosen ids stay; the mass is that of `rest`, the kept ids that do not stop.
fn stops_last(chosen: Record, rest: Stats) -> Record {
    var record = chosen;
    record.lse = 0.0;
    record.ent = 0.0;
    if rest.sum > 0.0 {
        let of_rest = record_of(rest);
        record.lse = of_rest.lse;
        record.ent = of_rest.ent;
    }
    record.l1 = select(chosen.l1, LOWEST, is_stop(chosen.top1));
    record.l2 = select(chosen.l2, LOWEST, is_stop(chosen.top2));
    record.l_samp = select(chosen.l_samp, LOWEST, is_stop(chosen.samp));
    return record;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let row = group.x;
    let key = cut(row, lane);
    var stats = stats_from(row, key, true, lane);
    stats.l_cur = kept_logit(row, record_rows[row].current, key);
    for (var i = 0u; i < params.stops; i++) {
        stats.l_eos = log_add(stats.l_eos, kept_logit(row, special[params.first_stop + i], key));
    }
    var record = record_of(stats);
    if rules.eos_last != 0u {
        record = stops_last(record, stats_from(row, key, false, lane));
    }
    if lane.index == 0u {
        readout[row].record = record;
    }
}
