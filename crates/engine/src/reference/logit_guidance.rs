//! Twin of `shaders/logit_guidance.wgsl`.

use super::HostMemory;
use crate::kernels::LOWEST;
use crate::kernels::logit_guidance::{LogitGuidance, Rule, RulesHeader};
use crate::recording::BufferId;

/// Guidance, then the rules, on every row in place.
pub fn run(call: &LogitGuidance, memory: &mut HostMemory) {
    let vocabulary = call.params.vocabulary as usize;
    let mut buffer = memory.take(call.logits);
    let logits: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let logits = &mut logits[..call.rows as usize * vocabulary];
    let (header, rules) = read_rules(memory, call.rules);
    if let Some(unconditional) = call.unconditional {
        for (l, u) in logits.iter_mut().zip(memory.floats(unconditional)) {
            *l = u + header.guidance * (*l - u);
        }
    }
    for row in logits.chunks_exact_mut(vocabulary) {
        for rule in rules {
            if let Some(logit) = row.get_mut(rule.id as usize) {
                *logit = ruled(rule, header.penalty, *logit);
            }
        }
    }
    memory.put(call.logits, buffer);
}

fn ruled(rule: &Rule, penalty: f32, logit: f32) -> f32 {
    let l = logit + rule.bias;
    match rule.penalised {
        _ if rule.bias <= LOWEST => LOWEST,
        0 => l,
        _ if l > 0.0 => l / penalty,
        _ => l * penalty,
    }
}

/// The contents of a rules buffer.
pub fn read_rules(memory: &HostMemory, rules: BufferId) -> (RulesHeader, &[Rule]) {
    let words = memory.words(rules);
    let (header, table) = words.split_at(size_of::<RulesHeader>() / 4);
    let header: RulesHeader = *bytemuck::from_bytes(bytemuck::cast_slice(header));
    let entries = header.entries as usize * size_of::<Rule>() / 4;
    (header, bytemuck::cast_slice(&table[..entries]))
}
