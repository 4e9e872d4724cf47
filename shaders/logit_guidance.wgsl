// logits[r, v] = penalise(u + guidance * (logits[r, v] - u) + bias_v) in place, u = unconditional[r, v]; LOWEST for a banned v

#import contrast
#import lib/lowest
#import lib/logit_rules

const WORKGROUP: u32 = 64u;
// Ids that one workgroup owns: it alone applies their rules, after the dense pass over them.
const SPAN: u32 = 4096u;

struct Params {
    vocabulary: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, vocabulary]
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read> rules: Rules;

fn ruled(rule: Rule, logit: f32) -> f32 {
    if rule.bias <= LOWEST {
        return LOWEST;
    }
    let l = logit + rule.bias;
    if rule.penalised == 0u {
        return l;
    }
    return select(l * rules.penalty, l / rules.penalty, l > 0.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = group.x * SPAN;
    let end = min(first + SPAN, params.vocabulary);
    let row = group.y * params.vocabulary;
    contrast(row + first, row + end, lane);
    storageBarrier();
    for (var i = lane; i < rules.entries; i += WORKGROUP) {
        let rule = rules.table[i];
        if rule.id >= first && rule.id < end {
            logits[row + rule.id] = ruled(rule, logits[row + rule.id]);
        }
    }
}
