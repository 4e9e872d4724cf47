// records[r] = merge over all partials of row r

#import lib/record

const WORKGROUP: u32 = 32u;

struct Params {
    rows: u32,
    // Partials of each row.
    partials: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<Stats>;
@group(0) @binding(2) var<storage, read_write> records: array<Record>;

var<workgroup> lane_stats: array<Stats, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x;
    var stats = no_stats();
    for (var i = lane; i < params.partials; i += WORKGROUP) {
        stats = merge(stats, partials[i * params.rows + row]);
    }
    lane_stats[lane] = stats;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if lane < half {
            lane_stats[lane] = merge(lane_stats[lane], lane_stats[lane + half]);
        }
        workgroupBarrier();
    }
    if lane == 0u {
        records[row] = record_of(lane_stats[0]);
    }
}
