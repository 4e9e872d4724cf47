//! Twin of `shaders/route.wgsl`.

use std::cmp::Ordering;

use super::HostMemory;
use crate::kernels::LOWEST;
use crate::kernels::route::{Params, Route, Scores};

/// The experts of each row, best first, and the factors of their outputs.
pub fn run(call: &Route, memory: &mut HostMemory) {
    let p = &call.params;
    let (experts, slots) = (p.experts as usize, p.slots as usize);
    let mut chosen = memory.take(call.chosen);
    let mut share = memory.take(call.share);
    let rows = memory.floats(call.logits).chunks_exact(experts);
    let outputs = chosen
        .chunks_exact_mut(slots)
        .zip(bytemuck::cast_slice_mut(&mut share).chunks_exact_mut(slots));
    for (logits, (chosen, share)) in rows.zip(outputs).take(call.rows as usize) {
        let bias = match call.scores {
            Scores::Softmax => None,
            Scores::Sigmoid(bias) => Some(memory.floats(bias)),
        };
        let (scores, mut appeal) = weigh(logits, bias);
        close_groups(&mut appeal, p);
        let best = ranked(&appeal);
        let scores: Vec<f32> = best[..slots].iter().map(|e| scores[*e]).collect();
        let total = match p.normal {
            0 => 1.0,
            _ => scores.iter().fold(1e-20, |sum, score| sum + score),
        };
        for (slot, score) in scores.iter().enumerate() {
            chosen[slot] = best[slot] as u32;
            share[slot] = score / total * p.scale;
        }
    }
    memory.put(call.chosen, chosen);
    memory.put(call.share, share);
}

/// What each expert's output is worth, and what it is chosen by.
fn weigh(logits: &[f32], bias: Option<&[f32]>) -> (Vec<f32>, Vec<f32>) {
    if let Some(bias) = bias {
        let sigmoid = |logit: &f32| 1.0 / (1.0 + (-logit).exp());
        let scores: Vec<f32> = logits.iter().map(sigmoid).collect();
        let appeal = scores.iter().zip(bias).map(|(score, bias)| score + bias);
        let appeal = appeal.collect();
        return (scores, appeal);
    }
    let largest = logits.iter().fold(LOWEST, |m, logit| m.max(*logit));
    let grown: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let total: f32 = grown.iter().sum();
    let scores = grown.iter().map(|score| score / total).collect();
    (scores, logits.to_vec())
}

/// Lets only the experts of the best groups be chosen; a group is as good as its two best together.
fn close_groups(appeal: &mut [f32], p: &Params) {
    if p.open_groups >= p.groups {
        return;
    }
    let size = (p.experts / p.groups) as usize;
    let worth = |group: &[f32]| {
        let mut sorted = group.to_vec();
        sorted.sort_by(|a, b| falling(*a, *b));
        sorted[0] + sorted.get(1).unwrap_or(&0.0)
    };
    let worth: Vec<f32> = appeal.chunks_exact(size).map(worth).collect();
    for group in &ranked(&worth)[p.open_groups as usize..] {
        appeal[group * size..][..size].fill(LOWEST);
    }
}

/// Places by falling value; of equal values the first place comes first.
fn ranked(values: &[f32]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    // Stable, so that equals stay in order.
    places.sort_by(|a, b| falling(values[*a], values[*b]));
    places
}

fn falling(a: f32, b: f32) -> Ordering {
    b.partial_cmp(&a).unwrap_or(Ordering::Equal)
}
