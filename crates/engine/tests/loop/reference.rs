//! Slow samplers written from their published pseudo-code, sharing nothing with the engine but
//! the toy's logits and the noise function. They keep the originals' shape: dense logits for
//! every position, explicit budget lists, whole-sequence masks.

pub mod dream;
pub mod growing;
pub mod rules;

use unmask_engine::random::{bits, gumbel, row_key};

use crate::toy::{MASK, Toy, first_largest};

/// The arguments of LLaDA's `generate`: the canvas behind `prompt_len` is a multiple of `block`.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub prompt_len: usize,
    pub block: usize,
    pub temperature: f32,
    pub seed: u64,
}

/// Commits of each step that made any, and the sequence they end with.
pub type Trace = (Vec<Vec<(u32, u32)>>, Vec<u32>);

/// The token and its confidence at every position: Gumbel-argmax of the raw logits at a
/// temperature, and the raw softmax at that token.
fn propose(model: &Toy, x: &[u32], step: u32, settings: &Settings) -> Vec<(u32, f32)> {
    let mut proposals = Vec::new();
    for position in 0..x.len() {
        let mut logits = model.logits(x, position);
        logits[MASK as usize] = f32::NEG_INFINITY;
        let mut noisy = logits.clone();
        if settings.temperature > 0.0 {
            let key = row_key(settings.seed, step, position as u32);
            for (token, logit) in noisy.iter_mut().enumerate() {
                *logit += settings.temperature * gumbel(bits(key, token as u32));
            }
        }
        let token = first_largest(&noisy);
        let largest = logits.iter().copied().fold(f32::MIN, f32::max);
        let weight = |logit: f32| f64::from(logit - largest).exp();
        let total: f64 = logits.iter().map(|&logit| weight(logit)).sum();
        proposals.push((token, (weight(logits[token as usize]) / total) as f32));
    }
    proposals
}

/// Masked positions before `end`, surest first, lower position first among equals.
fn candidates(x: &[u32], end: usize, proposals: &[(u32, f32)]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..end).filter(|&i| x[i] == MASK).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let mut best = 0;
        for index in 1..left.len() {
            if proposals[left[index]].1 > proposals[left[best]].1 {
                best = index;
            }
        }
        order.push(left.remove(best));
    }
    order
}

fn commit(x: &mut [u32], chosen: &[usize], proposals: &[(u32, f32)]) -> Vec<(u32, u32)> {
    let mut commits = Vec::new();
    for &position in chosen {
        x[position] = proposals[position].0;
        commits.push((position as u32, x[position]));
    }
    commits.sort_unstable();
    commits
}

/// LLaDA with `steps`, a multiple of the number of blocks. Steps without a commit are left out
/// of the trace and of the numbering of the noise: nothing changes in them.
pub fn llada(model: &Toy, mut x: Vec<u32>, steps: usize, settings: &Settings) -> Trace {
    let blocks = (x.len() - settings.prompt_len) / settings.block;
    let block_steps = steps / blocks;
    let mut trace = Vec::new();
    for block in 0..blocks {
        let start = settings.prompt_len + block * settings.block;
        let end = start + settings.block;
        let masks = x[start..end].iter().filter(|&&id| id == MASK).count();
        let mut budgets = vec![masks / block_steps; block_steps];
        for budget in budgets.iter_mut().take(masks % block_steps) {
            *budget += 1;
        }
        for budget in budgets {
            let proposals = propose(model, &x, trace.len() as u32, settings);
            let chosen = &candidates(&x, end, &proposals)[..budget];
            let commits = commit(&mut x, chosen, &proposals);
            if !commits.is_empty() {
                trace.push(commits);
            }
        }
    }
    (trace, x)
}

/// Fast-dLLM v1's parallel rule in LLaDA's blocks: all of `>= threshold`, and the surest.
pub fn fast_dllm(model: &Toy, mut x: Vec<u32>, threshold: f32, settings: &Settings) -> Trace {
    let mut trace = Vec::new();
    let mut end = settings.prompt_len;
    while end < x.len() {
        end += settings.block;
        while x[..end].contains(&MASK) {
            let proposals = propose(model, &x, trace.len() as u32, settings);
            let mut chosen = Vec::new();
            for position in candidates(&x, end, &proposals) {
                if chosen.is_empty() || proposals[position].1 >= threshold {
                    chosen.push(position);
                }
            }
            trace.push(commit(&mut x, &chosen, &proposals));
        }
    }
    (trace, x)
}

/// LoPA over the threshold rule: the canvas and a branch for each of the surest masks of the step
/// before are read; the one with the highest mean confidence goes on.
pub fn lopa(
    model: &Toy,
    mut x: Vec<u32>,
    branches: usize,
    threshold: f32,
    settings: &Settings,
) -> Trace {
    let mut trace = Vec::new();
    let mut end = settings.prompt_len;
    while end < x.len() {
        end += settings.block;
        // Proposals that the last step left open, surest first.
        let mut left: Vec<(usize, u32)> = Vec::new();
        while x[..end].contains(&MASK) {
            left.truncate(branches);
            let canvases = with_branches(&x, &left);
            let proposals: Vec<Vec<(u32, f32)>> = canvases
                .iter()
                .map(|canvas| propose(model, canvas, trace.len() as u32, settings))
                .collect();
            let best = surest(&canvases, &proposals, end);
            let mut commits = Vec::new();
            if best > 0 {
                let (position, token) = left[best - 1];
                commits.push((position as u32, token));
                x[position] = token;
            }
            let order = candidates(&x, end, &proposals[best]);
            let sure = order.iter().enumerate().filter(|(rank, position)| {
                *rank == 0 || proposals[best][**position].1 >= threshold
            });
            let chosen: Vec<usize> = sure.map(|(_, position)| *position).collect();
            commits.extend(commit(&mut x, &chosen, &proposals[best]));
            commits.sort_unstable();
            trace.push(commits);
            let order = candidates(&x, end, &proposals[best]).into_iter();
            left = order.map(|i| (i, proposals[best][i].0)).collect();
        }
    }
    (trace, x)
}

/// `x`, and it with each of `tokens`.
fn with_branches(x: &[u32], tokens: &[(usize, u32)]) -> Vec<Vec<u32>> {
    let mut canvases = vec![x.to_vec()];
    for &(position, token) in tokens {
        let mut branch = x.to_vec();
        branch[position] = token;
        canvases.push(branch);
    }
    canvases
}

/// The first of the canvases whose masks before `end` are surest.
fn surest(canvases: &[Vec<u32>], proposals: &[Vec<(u32, f32)>], end: usize) -> usize {
    let mut best = 0;
    for index in 1..canvases.len() {
        let [a, b] = [index, best].map(|i| mean(&canvases[i][..end], &proposals[i]));
        if a > b {
            best = index;
        }
    }
    best
}

/// Mean confidence over the masks.
fn mean(x: &[u32], proposals: &[(u32, f32)]) -> f32 {
    let masks = x.iter().zip(proposals).filter(|(id, _)| **id == MASK);
    let confidences: Vec<f32> = masks.map(|(_, (_, confidence))| *confidence).collect();
    match confidences.len() {
        0 => f32::INFINITY,
        count => confidences.iter().sum::<f32>() / count as f32,
    }
}
