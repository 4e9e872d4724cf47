//! Dream's `diffusion_generate` as published: every step of the schedule takes a forward, whether
//! it commits anything or not.

use unmask_engine::random::{bits, row_key, uniform};

use super::{Trace, commit};
use crate::toy::{MASK, Toy, first_largest};

/// The token of every position and its softmax, largest probability first, at temperature 0.
fn sample(model: &Toy, x: &[u32], position: usize) -> (u32, Vec<f64>) {
    let mut logits = model.logits(x, position);
    logits[MASK as usize] = f32::NEG_INFINITY;
    let token = first_largest(&logits);
    let mut exponentials: Vec<f64> = logits.iter().map(|&logit| f64::from(logit).exp()).collect();
    exponentials.sort_by(|a, b| b.total_cmp(a));
    let total: f64 = exponentials.iter().rev().sum();
    (token, exponentials.iter().map(|e| e / total).collect())
}

fn score(order: &str, probabilities: &[f64]) -> f64 {
    let score = match order {
        "maskgit_plus" => probabilities[0],
        "topk_margin" => probabilities[0] - probabilities[1],
        _ => probabilities.iter().map(|p| p * (p + 1e-10).ln()).sum(),
    };
    // Rows whose logits differ by a constant tie.
    (score * 1e9).round()
}

/// Whole-canvas Dream with `steps` steps at temperature 0; `order` is its `alg`. Steps without a
/// commit are left out of the trace.
pub fn dream(model: &Toy, mut x: Vec<u32>, steps: u32, order: &str, seed: u64) -> Trace {
    let epsilon = 1e-3f64;
    let timestep = |j: u32| 1.0 + (epsilon - 1.0) * f64::from(j) / f64::from(steps);
    let mut trace = Vec::new();
    for j in 0..steps {
        let last = j + 1 == steps;
        let share = if last {
            1.0
        } else {
            1.0 - timestep(j + 1) / timestep(j)
        };
        let rows: Vec<(u32, Vec<f64>)> = (0..x.len()).map(|i| sample(model, &x, i)).collect();
        let mut masks: Vec<usize> = (0..x.len()).filter(|&i| x[i] == MASK).collect();
        if order == "origin" {
            masks.retain(|&i| {
                let chance = uniform(bits(row_key(seed, j, i as u32), u32::MAX));
                f64::from(chance) < share
            });
        } else {
            let count = (masks.len() as f64 * share) as usize;
            masks.sort_by(|&a, &b| {
                let [a, b] = [a, b].map(|i| score(order, &rows[i].1));
                b.total_cmp(&a)
            });
            masks.truncate(count);
        }
        let proposals: Vec<(u32, f32)> = rows.iter().map(|(token, _)| (*token, 1.0)).collect();
        let commits = commit(&mut x, &masks, &proposals);
        if !commits.is_empty() {
            trace.push(commits);
        }
    }
    (trace, x)
}
