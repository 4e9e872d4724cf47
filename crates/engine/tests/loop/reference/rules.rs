//! Rules of selection, each a function of the masks of a block and their confidences and
//! entropies, in one blockwise loop.

use super::{Settings, Trace, candidates, commit, propose};
use crate::toy::{MASK, Toy};

/// What a rule sees of a block.
pub struct View {
    /// Masked positions, surest first.
    pub order: Vec<usize>,
    /// Confidence of the proposal at every position.
    pub confidence: Vec<f32>,
    /// Entropy at every position, and the margin of the two likeliest tokens.
    pub entropy: Vec<f64>,
    pub margin: Vec<f64>,
    /// Number of the step within its block.
    pub step: usize,
    /// Masks of the block as it opened.
    pub opened: usize,
}

/// Entropy and margin of `softmax(logits)`.
fn uncertainty(model: &Toy, x: &[u32], position: usize) -> (f64, f64) {
    let mut logits = model.logits(x, position);
    logits.remove(MASK as usize);
    logits.sort_by(|a, b| b.total_cmp(a));
    let weights: Vec<f64> = logits.iter().map(|&logit| f64::from(logit).exp()).collect();
    let total: f64 = weights.iter().sum();
    let entropy: f64 = weights
        .iter()
        .map(|w| -(w / total) * (w / total).ln())
        .sum();
    (entropy, (weights[0] - weights[1]) / total)
}

/// Blockwise decoding by `rule`, which gives the positions to commit.
pub fn blockwise(
    model: &Toy,
    mut x: Vec<u32>,
    settings: &Settings,
    rule: impl Fn(&View) -> Vec<usize>,
) -> Trace {
    let mut trace = Vec::new();
    let mut end = settings.prompt_len;
    while end < x.len() {
        end += settings.block;
        let opened = x[..end].iter().filter(|&&id| id == MASK).count();
        let mut step = 0;
        while x[..end].contains(&MASK) {
            let proposals = propose(model, &x, trace.len() as u32, settings);
            let rows: Vec<(f64, f64)> = (0..x.len()).map(|i| uncertainty(model, &x, i)).collect();
            let view = View {
                order: candidates(&x, end, &proposals),
                confidence: proposals.iter().map(|proposal| proposal.1).collect(),
                entropy: rows.iter().map(|row| row.0).collect(),
                margin: rows.iter().map(|row| row.1).collect(),
                step,
                opened,
            };
            let chosen = rule(&view);
            trace.push(commit(&mut x, &chosen, &proposals));
            step += 1;
        }
    }
    (trace, x)
}

/// Fast-dLLM v1's factor rule, from the formula: the largest n that passes, tried from above.
pub fn factor(view: &View, factor: f32) -> Vec<usize> {
    let passes = |n: &usize| {
        let confidence = view.confidence[view.order[n - 1]];
        (*n as f32 + 1.0) * (1.0 - confidence) < factor
    };
    let count = (1..=view.order.len()).rev().find(passes).unwrap_or(1);
    view.order[..count].to_vec()
}

/// SDAR's dynamic rule with a list of quotas.
pub fn dynamic(view: &View, threshold: f32, steps: usize) -> Vec<usize> {
    let quotas: Vec<usize> = (0..steps)
        .map(|j| view.opened / steps + usize::from(j < view.opened % steps))
        .collect();
    let above = |&&i: &&usize| view.confidence[i] > threshold;
    let high: Vec<usize> = view.order.iter().filter(above).copied().collect();
    let quota = quotas[view.step].min(view.order.len());
    if high.len() >= quota {
        high
    } else {
        view.order[..quota].to_vec()
    }
}

/// EB-Sampler: every k is tried with its sum and maximum.
pub fn entropy_bound(view: &View, gamma: f64, order: &str) -> Vec<usize> {
    let mut positions = view.order.clone();
    positions.sort_unstable();
    let error = |&i: &usize| match order {
        "confidence" => -f64::from(view.confidence[i]),
        "margin" => -view.margin[i],
        _ => view.entropy[i],
    };
    // Rows whose logits differ by a constant tie.
    let rounded = |i: &usize| (error(i) * 1e9).round();
    positions.sort_by(|a, b| rounded(a).total_cmp(&rounded(b)));
    let fits = |k: &usize| {
        let entropies = positions[..*k].iter().map(|&i| view.entropy[i]);
        let largest = entropies.clone().fold(0.0, f64::max);
        // Sums of one term are exact; others round.
        *k == 1 || entropies.sum::<f64>() - largest <= gamma
    };
    let count = (1..=positions.len()).rev().find(fits).unwrap_or(1);
    positions[..count].to_vec()
}

/// LocalLeap: marks on the line of positions.
pub fn local_leap(view: &View, threshold: f32, relaxed: f32, radius: usize) -> Vec<usize> {
    let length = view.confidence.len();
    let mut near = vec![false; length];
    for &anchor in &view.order {
        if view.confidence[anchor] >= threshold {
            let end = (anchor + radius + 1).min(length);
            near[anchor.saturating_sub(radius)..end].fill(true);
        }
    }
    let passes = |&(rank, &i): &(usize, &usize)| {
        let confidence = view.confidence[i];
        rank == 0 || confidence >= threshold || near[i] && confidence >= relaxed
    };
    let ranked = view.order.iter().enumerate();
    ranked.filter(passes).map(|(_, &i)| i).collect()
}

/// dInfer's hierarchical rule: a mask is the best of its run when none up to the run's ends is
/// surer.
pub fn hierarchical(view: &View, high: f32, low: f32) -> Vec<usize> {
    let mut open = vec![false; view.confidence.len() + 1];
    view.order.iter().for_each(|&i| open[i] = true);
    let best_of_run = |i: usize| {
        let right = (i..).take_while(|&j| open[j]);
        let left = (0..i).rev().take_while(|&j| open[j]);
        let mut run = right.chain(left);
        run.all(|j| view.confidence[j] <= view.confidence[i])
    };
    let passes = |&(rank, &i): &(usize, &usize)| {
        let confidence = view.confidence[i];
        rank == 0 || confidence > high || confidence > low && best_of_run(i)
    };
    let ranked = view.order.iter().enumerate();
    ranked.filter(passes).map(|(_, &i)| i).collect()
}
