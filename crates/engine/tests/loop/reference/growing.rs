//! Samplers that choose their length or their blocks, at temperature 0, as their authors wrote them.

use crate::toy::{LINE, MASK, STOP, Toy, first_largest};

/// Sequences of the canvas, one behind each forward.
pub type Grown = Vec<Vec<u32>>;

/// The arguments of the samplers; each reads its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Growth {
    pub open: usize,
    pub block: usize,
    pub threshold: f32,
    pub growth: usize,
    pub window: usize,
    pub most: usize,
    pub length: f32,
    pub expand: f32,
    pub low: f32,
    pub high: f32,
    pub steps: usize,
    pub scheduler: &'static str,
}

/// AdaBlock's own.
#[derive(Clone, Copy, Debug)]
pub struct Ada {
    pub delimiter: f32,
    pub window: f32,
}

/// The likeliest token of every position and its probability.
fn predict(model: &Toy, x: &[u32]) -> (Vec<u32>, Vec<f32>) {
    let one = |position: usize| {
        let mut logits = model.logits(x, position);
        logits[MASK as usize] = f32::NEG_INFINITY;
        let token = first_largest(&logits);
        let total: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        let probability = f64::from(logits[token as usize]).exp() / total;
        (token, probability as f32)
    };
    (0..x.len()).map(one).unzip()
}

/// Fills the masks of `start..end` that reach the threshold, or else the surest of them.
fn fill(x: &mut [u32], start: usize, end: usize, tokens: &[u32], sure: &[f32], threshold: f32) {
    let masked: Vec<usize> = (start..end).filter(|&i| x[i] == MASK).collect();
    let mut chosen: Vec<usize> = masked
        .iter()
        .copied()
        .filter(|&i| sure[i] >= threshold)
        .collect();
    if chosen.is_empty() {
        let mut best = masked[0];
        for &i in &masked {
            if sure[i] > sure[best] {
                best = i;
            }
        }
        chosen.push(best);
    }
    for i in chosen {
        x[i] = tokens[i];
    }
}

/// The sum of the last `window` end predictions over `window`.
fn end_confidence(tokens: &[u32], sure: &[f32], prompt_len: usize, window: usize) -> f32 {
    let mut found = Vec::new();
    let mut position = tokens.len();
    while position > prompt_len && found.len() < window {
        position -= 1;
        if tokens[position] == STOP {
            found.push(f64::from(sure[position]));
        }
    }
    (found.iter().sum::<f64>() / window as f64) as f32
}

fn started(prompt: &[u32], open: usize) -> Vec<u32> {
    let mut x = prompt.to_vec();
    x.resize(prompt.len() + open, MASK);
    x
}

/// Moves `pos` over blocks without a mask.
fn advance(x: &[u32], pos: &mut usize, block: usize) {
    while *pos < x.len() && !x[*pos..x.len().min(*pos + block)].contains(&MASK) {
        *pos += block;
    }
}

/// DAEDAL's two stages, one sequence. Its cut of the end beyond `most` is a shorter growth here.
pub fn daedal(model: &Toy, prompt: &[u32], settings: &Growth) -> Grown {
    let mut g = settings.open;
    let mut x = started(prompt, g);
    let mut trace = Vec::new();
    loop {
        let (tokens, sure) = predict(model, &x);
        let end = end_confidence(&tokens, &sure, prompt.len(), settings.window);
        if end >= settings.length || g >= settings.most {
            break;
        }
        g = settings.most.min(g + settings.growth);
        x = started(prompt, g);
        trace.push(x.clone());
    }
    let with_end = settings.most.min(g + settings.window / 2);
    x.resize(prompt.len() + g.max(with_end), STOP);
    g = g.max(with_end);
    trace.push(x.clone());
    let mut pos = prompt.len();
    while pos < x.len() {
        let (tokens, sure) = predict(model, &x);
        let end = end_confidence(&tokens, &sure, prompt.len(), settings.window);
        let stop = x.len().min(pos + settings.block);
        fill(&mut x, pos, stop, &tokens, &sure, settings.threshold);
        let mut least: Option<usize> = None;
        for i in (pos..stop).filter(|&i| x[i] == MASK && sure[i] < settings.low) {
            if least.is_none_or(|least| sure[i] < sure[least]) {
                least = Some(i);
            }
        }
        if let (Some(i), true) = (least, end < settings.expand && g < settings.most) {
            let more = settings.growth.min(settings.most - g + 1);
            x.splice(i..=i, vec![MASK; more]);
            g += more - 1;
        }
        trace.push(x.clone());
        advance(&x, &mut pos, settings.block);
    }
    trace
}

/// rho-EOS. Its cut of the end takes open positions only here, blocks stay on their grid, and nothing
/// grows behind an end that is written.
pub fn rho_eos(model: &Toy, prompt: &[u32], settings: &Growth) -> Grown {
    let mut x = started(prompt, settings.open);
    let mut trace = Vec::new();
    let mut denoise_only = false;
    while x.contains(&MASK) {
        denoise_only |= x.len() - prompt.len() >= settings.most || trace.len() >= settings.steps;
        let (tokens, sure) = predict(model, &x);
        let masked: Vec<usize> = (0..x.len()).filter(|&i| x[i] == MASK).collect();
        let ends = masked.iter().filter(|&&i| tokens[i] == STOP).count();
        let density = ends as f32 / masked.len() as f32;
        let mut pos = prompt.len();
        advance(&x, &mut pos, settings.block);
        let stop = x.len().min(pos + settings.block);
        fill(&mut x, pos, stop, &tokens, &sure, settings.threshold);
        if !denoise_only {
            adjust(&mut x, prompt.len(), density, settings);
        }
        trace.push(x.clone());
    }
    trace
}

fn adjust(x: &mut Vec<u32>, prompt_len: usize, density: f32, settings: &Growth) {
    let below = settings.low - density;
    let above = density - settings.high;
    let mut tenths = 0;
    while f64::from(below.max(above)) > 0.1 * f64::from(tenths) + 1e-5 {
        tenths += 1;
    }
    let multiplier = match settings.scheduler {
        "exp" => [1, 1, 2, 4, 8][tenths.min(4) as usize],
        "linear" => tenths.clamp(1, 8) as usize,
        _ => 1,
    };
    let amount = settings.growth * multiplier;
    if below > 0.0 {
        let is_ended = x[prompt_len..].contains(&STOP);
        let more = if is_ended { 0 } else { amount };
        x.resize(
            x.len().saturating_add(more).min(prompt_len + settings.most),
            MASK,
        );
    } else if above > 0.0 {
        for _ in 0..amount {
            if x.len() == prompt_len || x.last() != Some(&MASK) {
                break;
            }
            x.pop();
        }
    }
}

/// AdaBlock with threshold commits.
pub fn adablock(model: &Toy, prompt: &[u32], settings: &Growth, ada: &Ada) -> Grown {
    let mut x = started(prompt, settings.open);
    let mut trace = Vec::new();
    let mut done = 0;
    while done < settings.open {
        let start = prompt.len() + done;
        let (tokens, sure) = predict(model, &x);
        let remaining = settings.open - done;
        let window = remaining.min((f64::from(ada.window) * settings.open as f64) as usize);
        let mut best: Option<usize> = None;
        for i in (start..start + window).filter(|&i| tokens[i] == LINE) {
            if best.is_none_or(|best| sure[i] > sure[best]) {
                best = Some(i);
            }
        }
        let length = match best {
            Some(i) if sure[i] >= ada.delimiter => i - start + 1,
            _ => settings.block.min(remaining),
        };
        done += length;
        let end = start + length;
        fill(&mut x, start, end, &tokens, &sure, settings.threshold);
        trace.push(x.clone());
        while x[start..end].contains(&MASK) {
            let (tokens, sure) = predict(model, &x);
            fill(&mut x, start, end, &tokens, &sure, settings.threshold);
            trace.push(x.clone());
        }
    }
    trace
}
