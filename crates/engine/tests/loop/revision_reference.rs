//! Slow versions of the methods that look back, written from their published pseudo-code like
//! those of `reference.rs`: dense logits for every position in every forward, whole-sequence
//! lists, explicit budgets. Each returns the sequence after every forward.

use unmask_engine::random::{bits, gumbel, row_key};

use crate::reference::Settings;
use crate::toy::{MASK, Toy, first_largest};

pub type Sequences = Vec<Vec<u32>>;

/// What one forward says of one position.
#[derive(Clone, Debug)]
pub struct Look {
    /// The proposal and its probability.
    pub token: u32,
    pub confidence: f32,
    /// The likeliest token, its probability, and its lead in logits.
    pub best: u32,
    pub best_confidence: f32,
    pub margin: f32,
    /// Probability of the token that is there.
    pub current: f32,
}

fn forward(model: &Toy, x: &[u32], step: usize, settings: &Settings) -> Vec<Look> {
    let look = |position: usize| {
        let mut logits = model.logits(x, position);
        logits[MASK as usize] = f32::NEG_INFINITY;
        let mut noisy = logits.clone();
        if settings.temperature > 0.0 {
            let key = row_key(settings.seed, step as u32, position as u32);
            for (token, logit) in noisy.iter_mut().enumerate() {
                *logit += settings.temperature * gumbel(bits(key, token as u32));
            }
        }
        // As the toy does it, the largest 0 and in order of size: a tie there must be one here.
        let largest = logits[first_largest(&logits) as usize];
        for logit in &mut logits {
            *logit -= largest;
        }
        let mut sorted = logits.clone();
        sorted.sort_by(f32::total_cmp);
        let total: f64 = sorted.iter().map(|&logit| f64::from(logit).exp()).sum();
        let lse = total.ln() as f32;
        let probability = |token: u32| (logits[token as usize] - lse).exp();
        let (token, best) = (first_largest(&noisy), first_largest(&logits));
        let mut others = logits.clone();
        others[best as usize] = f32::NEG_INFINITY;
        let second = first_largest(&others);
        Look {
            token,
            confidence: probability(token),
            best,
            best_confidence: probability(best),
            margin: logits[best as usize] - logits[second as usize],
            current: probability(x[position]),
        }
    };
    (0..x.len()).map(look).collect()
}

/// The `count` positions of the largest scores, ties to the lower position.
fn top(count: usize, positions: &[usize], score: impl Fn(usize) -> f32) -> Vec<usize> {
    let mut left = positions.to_vec();
    let mut chosen = Vec::new();
    while chosen.len() < count && !left.is_empty() {
        let mut best = 0;
        for index in 1..left.len() {
            if score(left[index]) > score(left[best]) {
                best = index;
            }
        }
        chosen.push(left.remove(best));
    }
    chosen
}

/// Positions of `start..end` that were not given.
fn unpinned(given: &[u32], start: usize, end: usize) -> Vec<usize> {
    (start..end).filter(|&i| given[i] == MASK).collect()
}

fn blocks(x: &[u32], settings: &Settings) -> Vec<(usize, usize)> {
    let starts = (settings.prompt_len..x.len()).step_by(settings.block);
    starts
        .map(|start| (start, start + settings.block))
        .collect()
}

/// WINO with its two thresholds.
pub fn wino(model: &Toy, given: &[u32], tau: (f32, f32), settings: &Settings) -> Sequences {
    let mut x = given.to_vec();
    let mut sequences = Vec::new();
    for (start, end) in blocks(&x, settings) {
        let mut last_accept = 30;
        while x[start..end].contains(&MASK) {
            let looks = forward(model, &x, sequences.len(), settings);
            let masked: Vec<usize> = (0..end).filter(|&i| x[i] == MASK).collect();
            let cap = ((masked.len() * 7) / 10).clamp(5, 20);
            let sure = masked
                .iter()
                .filter(|&&i| looks[i].confidence > tau.0)
                .count();
            let accept = top(sure.clamp(1, cap), &masked, |i| looks[i].confidence);
            let written: Vec<usize> = unpinned(given, start, end)
                .into_iter()
                .filter(|&i| x[i] != MASK && looks[i].current < tau.1)
                .collect();
            for &i in &accept {
                x[i] = looks[i].token;
            }
            if accept.len() > 1 {
                let mut count = written.len();
                if count >= last_accept {
                    count = last_accept - 1;
                }
                for i in top(count, &written, |i| -looks[i].current) {
                    x[i] = MASK;
                }
            }
            last_accept = accept.len();
            sequences.push(x.clone());
        }
    }
    sequences
}

/// Saber: candidates of the open block, commits of the same forward not taken back.
pub fn saber(model: &Toy, given: &[u32], n: usize, settings: &Settings) -> Sequences {
    let mut x = given.to_vec();
    let mut sequences = Vec::new();
    let mut commit_confidence: Vec<Option<f32>> = vec![None; x.len()];
    let mut last: Vec<Option<f32>> = vec![None; x.len()];
    for (start, end) in blocks(&x, settings) {
        last.fill(None);
        while x[start..end].contains(&MASK) {
            let looks = forward(model, &x, sequences.len(), settings);
            let so_far: Vec<f64> = commit_confidence
                .iter()
                .flatten()
                .map(|&c| f64::from(c))
                .collect();
            let theta = if so_far.is_empty() {
                1.0
            } else {
                (so_far.iter().sum::<f64>() / so_far.len() as f64) as f32
            };
            let masked: Vec<usize> = (0..end).filter(|&i| x[i] == MASK).collect();
            let written: Vec<usize> = unpinned(given, start, end)
                .into_iter()
                .filter(|&i| x[i] != MASK)
                .collect();
            let sure = masked
                .iter()
                .filter(|&&i| looks[i].confidence > theta)
                .count();
            let accept = top(sure.max(n), &masked, |i| looks[i].confidence);
            for &i in &accept {
                x[i] = looks[i].token;
                commit_confidence[i] = Some(looks[i].confidence);
            }
            if x[..end].contains(&MASK) {
                let a = accept.len();
                let remask = (n / 2).max(a.div_ceil(8)).min(a - 1);
                let known: Vec<usize> =
                    written.into_iter().filter(|&i| last[i].is_some()).collect();
                for i in top(remask, &known, |i| last[i].unwrap() - looks[i].confidence) {
                    x[i] = MASK;
                }
            }
            for i in start..end {
                last[i] = Some(looks[i].confidence);
            }
            sequences.push(x.clone());
        }
    }
    sequences
}

/// P2 in each block, `steps` over the whole canvas, a multiple of the number of blocks.
pub fn p2(model: &Toy, given: &[u32], steps: usize, settings: &Settings) -> Sequences {
    let mut x = given.to_vec();
    let mut sequences = Vec::new();
    let all = blocks(&x, settings);
    for &(start, end) in &all {
        let free = unpinned(given, start, end);
        let block_steps = (steps / all.len()).min(free.len());
        for j in 0..block_steps {
            let looks = forward(model, &x, sequences.len(), settings);
            let weak = free.len() * (block_steps - j - 1) / block_steps;
            let kept = top(free.len() - weak, &free, |i| looks[i].confidence);
            for &i in &free {
                if !kept.contains(&i) {
                    x[i] = MASK;
                } else if x[i] == MASK {
                    x[i] = looks[i].token;
                }
            }
            sequences.push(x.clone());
        }
    }
    sequences
}

/// RCR in each block, tokens of earlier blocks left alone.
pub fn rcr(model: &Toy, given: &[u32], steps: usize, settings: &Settings) -> Sequences {
    let mut x = given.to_vec();
    let mut sequences = Vec::new();
    let mut at_fill = vec![0.0; x.len()];
    let all = blocks(&x, settings);
    for &(start, end) in &all {
        let free = unpinned(given, start, end);
        let block_steps = (steps / all.len()).min(free.len());
        let mut budgets: Vec<usize> = Vec::new();
        for j in 0..block_steps {
            budgets.push(free.len() / block_steps + usize::from(j < free.len() % block_steps));
        }
        for j in 0..block_steps {
            let looks = forward(model, &x, sequences.len(), settings);
            for &i in &free {
                if x[i] == MASK {
                    x[i] = looks[i].token;
                    at_fill[i] = looks[i].confidence;
                }
            }
            let later: usize = budgets[j + 1..].iter().sum();
            let kept = top(free.len() - later, &free, |i| at_fill[i]);
            for &i in &free {
                if !kept.contains(&i) {
                    x[i] = MASK;
                }
            }
            sequences.push(x.clone());
        }
    }
    sequences
}

/// How the drafts of the two methods below are chosen: all of `>= tau`, and the surest.
fn draft(looks: &[Look], x: &[u32], end: usize, tau: f32) -> Vec<usize> {
    let masked: Vec<usize> = (0..end).filter(|&i| x[i] == MASK).collect();
    let sure = masked
        .iter()
        .filter(|&&i| looks[i].confidence >= tau)
        .count();
    top(sure.max(1), &masked, |i| looks[i].confidence)
}

/// LLaDA2.1: drafts at `tau.0`, edits at `tau.1`, at most `passes` over a full block.
pub fn edit(
    model: &Toy,
    given: &[u32],
    tau: (f32, f32),
    passes: usize,
    settings: &Settings,
) -> Sequences {
    let mut x = given.to_vec();
    let mut sequences = Vec::new();
    for (start, end) in blocks(&x, settings) {
        if !x[start..end].contains(&MASK) {
            continue;
        }
        let mut post = 0;
        loop {
            let open = x[..end].contains(&MASK);
            if !open {
                post += 1;
                if post > passes {
                    break;
                }
            }
            let looks = forward(model, &x, sequences.len(), settings);
            let gamma = draft(&looks, &x, end, tau.0);
            let delta: Vec<usize> = unpinned(given, start, end)
                .into_iter()
                .filter(|&i| {
                    x[i] != MASK && looks[i].best != x[i] && looks[i].best_confidence > tau.1
                })
                .collect();
            for &i in &gamma {
                x[i] = looks[i].token;
            }
            for &i in &delta {
                x[i] = looks[i].best;
            }
            sequences.push(x.clone());
            if gamma.is_empty() && delta.is_empty() {
                break;
            }
        }
    }
    sequences
}

/// T2M: drafts at `tau`; `rule` is the trigger with its threshold, `limit` how often one position
/// is opened.
pub fn token_to_mask(
    model: &Toy,
    given: &[u32],
    tau: f32,
    rule: (&str, f32),
    limit: usize,
    settings: &Settings,
) -> Sequences {
    let mut x = given.to_vec();
    let mut sequences = Vec::new();
    let mut times = vec![0; x.len()];
    for (start, end) in blocks(&x, settings) {
        let mut previous: Option<Vec<Look>> = None;
        let mut old = x.clone();
        let mut open = x[start..end].contains(&MASK);
        while open {
            let looks = forward(model, &x, sequences.len(), settings);
            let editable: Vec<usize> = unpinned(given, start, end)
                .into_iter()
                .filter(|&i| x[i] != MASK)
                .collect();
            let suspicion = |i: usize| match rule.0 {
                "low_prob" => (looks[i].current < rule.1).then_some(-looks[i].current),
                "t2t_remask" => (looks[i].best != x[i] && looks[i].best_confidence > rule.1)
                    .then_some(looks[i].best_confidence),
                _ => {
                    let then = &previous.as_ref()?[i];
                    // At a position that was open, the proposal was written.
                    let before = if old[i] == MASK {
                        then.confidence
                    } else {
                        then.current
                    };
                    let change = (looks[i].current - before).abs();
                    (change > rule.1).then_some(change)
                }
            };
            let suspects: Vec<usize> = editable
                .iter()
                .copied()
                .filter(|&i| suspicion(i).is_some() && times[i] < limit)
                .collect();
            let allowed = (editable.len() / 4).max(1);
            let remask = top(allowed, &suspects, |i| suspicion(i).unwrap());
            let gamma = draft(&looks, &x, end, tau);
            old = x.clone();
            for &i in &gamma {
                x[i] = looks[i].token;
            }
            for &i in &remask {
                x[i] = MASK;
                times[i] += 1;
            }
            sequences.push(x.clone());
            previous = Some(looks);
            open = !gamma.is_empty() || !remask.is_empty();
        }
    }
    sequences
}

/// One token a step over the whole canvas, until `settled` says that the rest can be filled.
fn until_settled(
    model: &Toy,
    given: &[u32],
    settings: &Settings,
    mut settled: impl FnMut(usize, &[u32], &[Look]) -> bool,
) -> Sequences {
    let mut x = given.to_vec();
    let mut sequences = Vec::new();
    while x.contains(&MASK) {
        let looks = forward(model, &x, sequences.len(), settings);
        let masked: Vec<usize> = (0..x.len()).filter(|&i| x[i] == MASK).collect();
        let all = settled(sequences.len(), &x, &looks);
        let count = if all { masked.len() } else { 1 };
        for i in top(count, &masked, |i| looks[i].confidence) {
            x[i] = looks[i].token;
        }
        sequences.push(x.clone());
    }
    sequences
}

fn mean(margins: &[f32]) -> f32 {
    (margins.iter().map(|&m| f64::from(m)).sum::<f64>() / margins.len() as f64) as f32
}

/// SchED over `shape` from 7.5 to 2.5 (k = 4), scaled down by `scale` to what the toy can reach.
pub fn sched(
    model: &Toy,
    given: &[u32],
    shape: &str,
    scale: f32,
    patience: usize,
    settings: &Settings,
) -> Sequences {
    let steps = given.iter().filter(|&&id| id == MASK).count();
    let (hi, lo) = (7.5 * scale, 2.5 * scale);
    let mut previous: Option<Vec<Look>> = None;
    let mut calm = 0;
    until_settled(model, given, settings, |j, x, looks| {
        let u = j as f32 / (steps as f32 - 1.0);
        let tau = match shape {
            _ if steps == 1 => lo,
            "linear" => hi + (lo - hi) * u,
            "cosine" => lo + (hi - lo) * (0.5 * (1.0 + (std::f32::consts::PI * u).cos())),
            "exp" => lo + (hi - lo) * (-4.0 * u).exp(),
            _ => hi,
        };
        let masked: Vec<usize> = (0..x.len()).filter(|&i| x[i] == MASK).collect();
        let stable = previous
            .as_ref()
            .is_some_and(|before| masked.iter().all(|&i| before[i].best == looks[i].best));
        calm = if stable { calm + 1 } else { 0 };
        previous = Some(looks.to_vec());
        let margins: Vec<f32> = masked.iter().map(|&i| looks[i].margin).collect();
        mean(&margins) >= tau && calm > patience
    })
}

/// Prophet over the `window` behind the prompt, thresholds scaled down by `scale`.
pub fn prophet(
    model: &Toy,
    given: &[u32],
    window: usize,
    scale: f32,
    settings: &Settings,
) -> Sequences {
    let steps = given.iter().filter(|&&id| id == MASK).count();
    let end = (settings.prompt_len + window).min(given.len());
    until_settled(model, given, settings, |j, _, looks| {
        let tau = if 3 * j < steps {
            7.5
        } else if 3 * j < 2 * steps {
            5.0
        } else {
            2.5
        };
        let answer = unpinned(given, settings.prompt_len, end);
        let margins: Vec<f32> = answer.iter().map(|&i| looks[i].margin).collect();
        !margins.is_empty() && mean(&margins) >= tau * scale
    })
}
