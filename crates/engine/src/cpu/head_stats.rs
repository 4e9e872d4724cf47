//! Statistics of the head in a few passes over the logits.

use unmask_simd::mass;

use super::product::product;
use super::threads;
use crate::kernels::LOWEST;
use crate::kernels::head_stats::{HeadStats, RecordRow};
use crate::random;
use crate::reference::stats::{Stats, log_add};
use crate::reference::{HostMemory, reduce_logits, shard_logits};

/// As the twin (`reference/head_stats.rs`).
pub fn run(call: &HeadStats, memory: &mut HostMemory) {
    let logits = shard_logits(call, memory, product);
    let work = logits.len() * WORK;
    reduce_logits(call, memory, &logits, reduce, |count, row| {
        threads::map(count, work, row)
    });
}

/// Multiply-adds that take as long as the statistics of one logit.
const WORK: usize = 64;

/// Statistics of `logits`, the first of which is that of `first_id`.
fn reduce(row: &RecordRow, first_id: u32, logits: &[f32], banned: &[u32], stops: &[u32]) -> Stats {
    let mut logits: Vec<f32> = logits.iter().map(|logit| logit * row.scale).collect();
    let place = |id: u32| id.checked_sub(first_id).map(|place| place as usize);
    for place in banned.iter().filter_map(|id| place(*id)) {
        if let Some(logit) = logits.get_mut(place) {
            *logit = LOWEST;
        }
    }
    let (first, l1) = largest(&logits);
    if l1 == LOWEST {
        return Stats::NONE;
    }
    let (second, l2) = second(&logits, first);
    let (sum, slope) = mass(&logits, l1);
    let logit = |id: u32| {
        let found = place(id).and_then(|place| logits.get(place));
        found.copied().unwrap_or(LOWEST)
    };
    let id = |place: usize| first_id + place as u32;
    let (samp, noisy) = match row.noise {
        0.0 => (first, l1),
        _ => sample(row, first_id, &logits),
    };
    Stats {
        l1,
        top1: id(first),
        l2,
        top2: if l2 == LOWEST { u32::MAX } else { id(second) },
        sum,
        slope,
        samp: id(samp),
        l_samp: logits[samp],
        noisy,
        l_cur: logit(row.current),
        l_eos: stops
            .iter()
            .fold(LOWEST, |sum, id| log_add(sum, logit(*id))),
    }
}

/// Place and value of the largest; of equals the first.
fn largest(logits: &[f32]) -> (usize, f32) {
    let value = unmask_simd::largest(logits).max(LOWEST);
    let place = logits.iter().position(|logit| *logit == value);
    (place.unwrap_or(0), value)
}

/// Place and value of the largest beside the one at `first`.
fn second(logits: &[f32], first: usize) -> (usize, f32) {
    let before = largest(&logits[..first]);
    let after = largest(&logits[first + 1..]);
    match before.1 >= after.1 {
        true => before,
        false => (first + 1 + after.0, after.1),
    }
}

/// Place and noisy logit of the token that the noise lets win; of equals the first.
fn sample(row: &RecordRow, first_id: u32, logits: &[f32]) -> (usize, f32) {
    let mut best = (0, LOWEST);
    for (place, logit) in logits.iter().enumerate() {
        let noise = random::gumbel(random::bits(row.key, first_id + place as u32));
        let noisy = logit + row.noise * noise;
        if *logit > LOWEST && noisy > best.1 {
            best = (place, noisy);
        }
    }
    best
}
