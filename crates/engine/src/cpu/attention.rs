//! Attention as two products a head, with the softmax between them, by tiles of keys that stay in
//! the cache (FlashAttention, Dao et al. 2022, arXiv 2205.14135).

use std::ops::Range;

use unmask_simd::{View, exp_all, largest, multiply, multiply_add, weigh};

use super::threads;
use crate::kernels::LOWEST;
use crate::kernels::attention::{Attention, Params};
use crate::reference::{HostMemory, Reach};

/// Keys at a time.
const KEYS: usize = 256;

/// Rows at a time.
const ROWS: usize = 64;

/// As the twin (`reference/attention.rs`).
pub fn run(call: &Attention, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.out);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let (rows, head_dim) = (p.rows as usize, p.head_dim as usize);
    let stride = p.query_heads as usize * head_dim;
    let heads = Heads {
        params: p,
        qkv: memory.floats(call.qkv),
        store: memory.floats(call.store),
        hidden: hidden(call, memory),
    };
    let parts = rows.div_ceil(ROWS);
    let part = |i: usize| {
        let first = i % parts * ROWS;
        heads.attend(i / parts, first..rows.min(first + ROWS))
    };
    let work = 2 * rows * p.keys as usize * stride;
    let attended = threads::map(p.key_heads as usize * parts, work, part);
    for (i, heads) in attended.iter().enumerate() {
        for (g, head) in heads.iter().enumerate() {
            let first = i % parts * ROWS * stride + (i / parts * heads.len() + g) * head_dim;
            let rows = out[first..].chunks_mut(stride);
            for (out, row) in rows.zip(head.attended.chunks_exact(head_dim)) {
                out[..head_dim].copy_from_slice(row);
            }
        }
    }
    memory.put(call.out, buffer);
}

/// `[rows, keys]`: whether a row may not see a key; `None` where every row sees all.
fn hidden(call: &Attention, memory: &HostMemory) -> Option<Vec<bool>> {
    let p = &call.params;
    let classes = &memory.words(call.classes)[..p.rows as usize];
    let key_classes = &memory.words(call.key_classes)[..p.keys as usize];
    let blind = &memory.words(call.blind)[..p.rows as usize];
    let least = classes.iter().min()?;
    let sees_all = key_classes.iter().all(|class| class <= least);
    if sees_all && call.sight.is_none() && blind.iter().all(|slot| *slot >= p.keys) {
        return None;
    }
    let reach = &Reach::of(call, memory);
    let rows = (0..).zip(classes).zip(blind);
    let rows = rows.flat_map(|((row, class), blind)| {
        let slots = (0..).zip(key_classes);
        slots.map(move |(slot, key_class)| {
            key_class > class || slot == *blind || !reach.covers(row, slot as usize)
        })
    });
    Some(rows.collect())
}

/// The heads of queries, keys and values.
struct Heads<'a> {
    params: &'a Params,
    qkv: &'a [f32],
    store: &'a [f32],
    hidden: Option<Vec<bool>>,
}

impl Heads<'_> {
    /// What some rows get at every query head of a key head.
    fn attend(&self, key_head: usize, rows: Range<usize>) -> Vec<Attended> {
        let p = self.params;
        let (keys, head_dim) = (p.keys as usize, p.head_dim as usize);
        let group = (p.query_heads / p.key_heads) as usize;
        let mut attended = vec![Attended::nothing(rows.len(), head_dim); group];
        let mut scores = vec![0.0; rows.len() * KEYS];
        let (mut key, mut value) = (Vec::new(), Vec::new());
        for first in (0..keys).step_by(KEYS) {
            let slots = first..keys.min(first + KEYS);
            self.gather(key_head, slots.clone(), &mut key);
            self.gather(p.key_heads as usize + key_head, slots.clone(), &mut value);
            let key = View::of_rows(&key, head_dim).transposed();
            let value = View::of_rows(&value, head_dim);
            for (g, attended) in attended.iter_mut().enumerate() {
                let query = self.query(key_head * group + g, rows.clone());
                multiply(query, key, &mut scores, KEYS);
                self.hide(rows.clone(), slots.clone(), &mut scores);
                attended.see(&mut scores, value, p.scale);
            }
        }
        for attended in &mut attended {
            attended.finish();
        }
        attended
    }

    /// Of a head of the store `[slots, head_dim]`: a product reads its factors many times, and does
    /// so faster from one end to the other.
    fn gather(&self, head: usize, slots: Range<usize>, gathered: &mut Vec<f32>) {
        let head_dim = self.params.head_dim as usize;
        let width = 2 * self.params.key_heads as usize * head_dim;
        gathered.clear();
        for slot in self.store[slots.start * width..slots.end * width].chunks_exact(width) {
            gathered.extend_from_slice(&slot[head * head_dim..][..head_dim]);
        }
    }

    /// `[rows, head_dim]`
    fn query(&self, head: usize, rows: Range<usize>) -> View<'_> {
        let p = self.params;
        let head_dim = p.head_dim as usize;
        let row_stride = (p.query_heads + 2 * p.key_heads) as usize * head_dim;
        View {
            data: &self.qkv[rows.start * row_stride + head * head_dim..],
            rows: rows.len(),
            columns: head_dim,
            row_stride,
            column_stride: 1,
        }
    }

    /// Lowers the scores `[rows, KEYS]` of slots that rows do not see.
    fn hide(&self, rows: Range<usize>, slots: Range<usize>, scores: &mut [f32]) {
        let Some(hidden) = &self.hidden else { return };
        let keys = self.params.keys as usize;
        for (row, scores) in rows.zip(scores.chunks_exact_mut(KEYS)) {
            let hidden = &hidden[row * keys..][slots.clone()];
            for (score, hidden) in scores.iter_mut().zip(hidden) {
                *score = if *hidden { LOWEST } else { *score };
            }
        }
    }
}

/// What rows got at a head from the keys so far.
#[derive(Clone)]
struct Attended {
    /// `[rows]`: the largest scores.
    largest: Vec<f32>,
    /// `[rows]`: sums of weights, relative to that of the largest score.
    totals: Vec<f32>,
    /// `[rows, head_dim]`: sums of weighted values.
    attended: Vec<f32>,
}

impl Attended {
    fn nothing(rows: usize, head_dim: usize) -> Self {
        Self {
            largest: vec![LOWEST; rows],
            totals: vec![0.0; rows],
            attended: vec![0.0; rows * head_dim],
        }
    }

    /// Adds the values `[keys, head_dim]` of a tile by their scores `[rows, KEYS]`, which are lost.
    fn see(&mut self, scores: &mut [f32], value: View, scale: f32) {
        let (keys, head_dim) = (value.rows, value.columns);
        let rows = scores.chunks_exact_mut(KEYS);
        let mut factors = self.largest.clone();
        for ((scores, m), factor) in rows.zip(&mut self.largest).zip(&mut factors) {
            *m = m.max(largest(&scores[..keys]));
            *factor = (*factor - *m) * scale;
        }
        exp_all(&mut factors);
        let rows = scores.chunks_exact_mut(KEYS).zip(&self.largest);
        let sums = self
            .totals
            .iter_mut()
            .zip(self.attended.chunks_exact_mut(head_dim));
        for (((scores, m), (total, attended)), factor) in rows.zip(sums).zip(factors) {
            *total = *total * factor + weigh(&mut scores[..keys], *m, scale);
            for number in attended {
                *number *= factor;
            }
        }
        let weights = View {
            columns: keys,
            ..View::of_rows(scores, KEYS)
        };
        multiply_add(weights, value, &mut self.attended, head_dim);
    }

    /// Divides by the sums of weights.
    fn finish(&mut self) {
        let head_dim = self.attended.len() / self.totals.len().max(1);
        let rows = self.attended.chunks_exact_mut(head_dim.max(1));
        for (row, total) in rows.zip(&self.totals) {
            for number in row {
                *number /= total;
            }
        }
    }
}
