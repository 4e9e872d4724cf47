//! Statistics of the head in a few passes over the logits.

use unmask_simd::mass;

use super::product::{Factor, PANEL, Panels, Weight};
use super::threads;
use crate::kernels::LOWEST;
use crate::kernels::head_stats::{HeadStats, RecordRow, SPAN};
use crate::random;
use crate::reference::HostMemory;
use crate::reference::stats::{Stats, log_add};

/// Panels whose logits are computed and reduced together, while they are in the cache.
const PANELS: usize = 4;

/// As the twin (`reference/head_stats.rs`), but the partials of [`PANELS`] panels are in the first of
/// theirs.
pub fn run(call: &HeadStats, memory: &mut HostMemory) {
    let mut buffer = memory.take(call.partials);
    let partials: &mut [Stats] = bytemuck::cast_slice_mut(&mut buffer);
    let p = &call.params;
    let rows = p.rows as usize;
    let head = Head::of(call, memory);
    let work = rows * head.weight.shape.0 * head.weight.shape.1;
    let count = head.weight.shape.0.div_ceil(PANELS * PANEL);
    let reduced = threads::map(count, work, |i| head.reduce(i));

    let first = p.first_partial as usize * rows;
    let partials = &mut partials[first..][..HeadStats::partials(p.columns) as usize * rows];
    partials.fill(Stats::NONE);
    let stride = PANELS * PANEL / SPAN as usize * rows;
    for (partials, stats) in partials.chunks_mut(stride).zip(reduced) {
        partials[..rows].copy_from_slice(&stats);
    }
    memory.put(call.partials, buffer);
}

/// What the logits of a shard are made of.
struct Head<'a> {
    call: &'a HeadStats,
    x: Factor<'a>,
    weight: Weight<'a>,
    bias: Option<&'a [f32]>,
    rows: &'a [RecordRow],
    banned: &'a [u32],
    stops: &'a [u32],
}

impl<'a> Head<'a> {
    fn of(call: &'a HeadStats, memory: &'a HostMemory) -> Self {
        let p = &call.params;
        let (rows, k) = (p.rows as usize, p.quads as usize * 4);
        let (banned, rest) = memory.words(call.special).split_at(p.banned as usize);
        Self {
            call,
            x: Factor::of(&memory.floats(call.x)[..rows * k], k, call.format),
            weight: Weight {
                packed: memory.words(call.weight),
                format: call.format,
                shape: (p.columns as usize, k),
            },
            bias: (call.bias).map(|bias| &memory.floats(bias)[p.first_id as usize..]),
            rows: &bytemuck::cast_slice(memory.words(call.record_rows))[..rows],
            banned,
            stops: &rest[..p.stops as usize],
        }
    }

    /// Statistics of every row over part `i` of the tokens.
    fn reduce(&self, i: usize) -> Vec<Stats> {
        let first = i * PANELS * PANEL;
        let tokens = first..self.weight.shape.0.min(first + PANELS * PANEL);
        let panels = Panels::of_columns(&self.x, &self.weight, tokens.clone(), self.rows.len());
        let mut logits = vec![0.0; tokens.len()];
        let reduced = self.rows.iter().enumerate().map(|(r, row)| {
            panels.copy_row(r, &mut logits);
            if let Some(bias) = self.bias {
                let biases = &bias[tokens.clone()];
                (logits.iter_mut().zip(biases)).for_each(|(logit, bias)| *logit += bias);
            }
            let first_id = self.call.params.first_id + tokens.start as u32;
            reduce(row, first_id, &mut logits, self.banned, self.stops)
        });
        reduced.collect()
    }
}

/// Statistics of `logits`, the first of which is that of `first_id`; they end scaled and ruled.
fn reduce(
    row: &RecordRow,
    first_id: u32,
    logits: &mut [f32],
    banned: &[u32],
    stops: &[u32],
) -> Stats {
    logits.iter_mut().for_each(|logit| *logit *= row.scale);
    let place = |id: u32| id.checked_sub(first_id).map(|place| place as usize);
    for place in banned.iter().filter_map(|id| place(*id)) {
        if let Some(logit) = logits.get_mut(place) {
            *logit = LOWEST;
        }
    }
    let (first, l1) = largest(logits);
    if l1 == LOWEST {
        return Stats::NONE;
    }
    let (second, l2) = second(logits, first);
    let (sum, slope) = mass(logits, l1);
    let logit = |id: u32| {
        let found = place(id).and_then(|place| logits.get(place));
        found.copied().unwrap_or(LOWEST)
    };
    let id = |place: usize| first_id + place as u32;
    let (samp, noisy) = match row.noise {
        0.0 => (first, l1),
        _ => sample(row, first_id, logits),
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
