// chosen[r, :], share[r, :]: the experts of row r, best first, and the factors of their outputs; of equals the lower id is better

#import scores
#import lib/lowest

const WORKGROUP: u32 = 64u;
// `kernels/route.rs` refuses more.
const MOST_EXPERTS: u32 = 512u;
const MOST_GROUPS: u32 = 64u;

struct Params {
    experts: u32,
    // Experts of a row.
    slots: u32,
    // Runs of neighbouring experts; those of the best `open_groups` may be chosen.
    groups: u32,
    open_groups: u32,
    // 1 where the shares of a row add up to `scale`, 0 where they are its scores times `scale`.
    normal: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, experts]
@group(0) @binding(1) var<storage, read> logits: array<f32>;
// [rows, slots]
@group(0) @binding(2) var<storage, read_write> chosen: array<u32>;
// [rows, slots]
@group(0) @binding(3) var<storage, read_write> share: array<f32>;

// What an expert's output is worth.
var<workgroup> score: array<f32, MOST_EXPERTS>;
// What it is chosen by.
var<workgroup> appeal: array<f32, MOST_EXPERTS>;
var<workgroup> group_appeal: array<f32, MOST_GROUPS>;
// Scores of the chosen.
var<workgroup> won: array<f32, MOST_EXPERTS>;

// A group is as good as its two best experts together.
fn weigh_group(group: u32, size: u32) {
    var best = LOWEST;
    var second = LOWEST;
    for (var i = 0u; i < size; i++) {
        let value = appeal[group * size + i];
        second = max(second, min(best, value));
        best = max(best, value);
    }
    group_appeal[group] = select(best, best + second, size > 1u);
}

fn close_group(group: u32, size: u32) {
    var better = 0u;
    for (var other = 0u; other < params.groups; other++) {
        let wins = group_appeal[other] > group_appeal[group];
        let draws = group_appeal[other] == group_appeal[group] && other < group;
        better += u32(wins || draws);
    }
    if better >= params.open_groups {
        for (var i = 0u; i < size; i++) {
            appeal[group * size + i] = LOWEST;
        }
    }
}

// An expert's place is the number of better ones, so that all places are found at once.
fn place_of(expert: u32) -> u32 {
    var better = 0u;
    for (var other = 0u; other < params.experts; other++) {
        let wins = appeal[other] > appeal[expert];
        let draws = appeal[other] == appeal[expert] && other < expert;
        better += u32(wins || draws);
    }
    return better;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    weigh_experts(group.x * params.experts, lane);
    workgroupBarrier();
    if params.open_groups < params.groups {
        let size = params.experts / params.groups;
        if lane < params.groups {
            weigh_group(lane, size);
        }
        workgroupBarrier();
        if lane < params.groups {
            close_group(lane, size);
        }
        workgroupBarrier();
    }
    let first = group.x * params.slots;
    for (var expert = lane; expert < params.experts; expert += WORKGROUP) {
        let place = place_of(expert);
        if place < params.slots {
            chosen[first + place] = expert;
            won[place] = score[expert];
        }
    }
    workgroupBarrier();
    var total = 1.0;
    if params.normal == 1u {
        total = 1e-20;
        for (var slot = 0u; slot < params.slots; slot++) {
            total += won[slot];
        }
    }
    for (var slot = lane; slot < params.slots; slot += WORKGROUP) {
        share[first + slot] = won[slot] / total * params.scale;
    }
}
