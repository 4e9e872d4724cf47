//! Attention as two products a head, with the softmax between them.

use unmask_simd::{View, multiply};

use super::exp::exp;
use super::threads;
use crate::kernels::LOWEST;
use crate::kernels::attention::{Attention, Params};
use crate::reference::{HostMemory, Reach};

/// As the twin (`reference/attention.rs`).
pub fn run(call: &Attention, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.out);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let heads = Heads {
        params: p,
        qkv: memory.floats(call.qkv),
        store: memory.floats(call.store),
    };
    let (rows, keys) = (p.rows as usize, p.keys as usize);
    let hidden = hidden(call, memory);
    let head_dim = p.head_dim as usize;
    let one = |head: usize| {
        let key_head = head / (p.query_heads / p.key_heads) as usize;
        let key = heads.stored(key_head).transposed();
        let mut scores = vec![0.0; rows * keys];
        multiply(heads.query(head), key, &mut scores, keys);
        for (row, scores) in scores.chunks_exact_mut(keys).enumerate() {
            let hidden = hidden.as_ref().map(|hidden| &hidden[row * keys..][..keys]);
            softmax(scores, p.scale, hidden);
        }
        let weights = View {
            data: &scores,
            rows,
            columns: keys,
            row_stride: keys,
            column_stride: 1,
        };
        let value = heads.stored(p.key_heads as usize + key_head);
        let mut attended = vec![0.0; rows * head_dim];
        multiply(weights, value, &mut attended, head_dim);
        attended
    };
    let query_heads = p.query_heads as usize;
    let work = 2 * query_heads * rows * keys * head_dim;
    let stride = query_heads * head_dim;
    for (head, attended) in threads::map(query_heads, work, one).into_iter().enumerate() {
        for (out, attended) in out.chunks_mut(stride).zip(attended.chunks_exact(head_dim)) {
            out[head * head_dim..][..head_dim].copy_from_slice(attended);
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

/// The heads of queries, keys and values as matrices.
struct Heads<'a> {
    params: &'a Params,
    qkv: &'a [f32],
    store: &'a [f32],
}

impl<'a> Heads<'a> {
    /// `[rows, head_dim]`
    fn query(&self, head: usize) -> View<'a> {
        let p = self.params;
        let width = (p.query_heads + 2 * p.key_heads) as usize * p.head_dim as usize;
        self.head(self.qkv, p.rows as usize, width, head)
    }

    /// `[keys, head_dim]`: a key head, or a value head behind them.
    fn stored(&self, head: usize) -> View<'a> {
        let p = self.params;
        let width = 2 * p.key_heads as usize * p.head_dim as usize;
        self.head(self.store, p.keys as usize, width, head)
    }

    fn head(&self, data: &'a [f32], rows: usize, width: usize, head: usize) -> View<'a> {
        let head_dim = self.params.head_dim as usize;
        View {
            data: &data[head * head_dim..],
            rows,
            columns: head_dim,
            row_stride: width,
            column_stride: 1,
        }
    }
}

/// Scores to weights that sum to 1, 0 where a key is hidden.
fn softmax(scores: &mut [f32], scale: f32, hidden: Option<&[bool]>) {
    if let Some(hidden) = hidden {
        for (score, hidden) in scores.iter_mut().zip(hidden) {
            *score = if *hidden { LOWEST } else { *score };
        }
    }
    let largest = scores.iter().copied().fold(LOWEST, f32::max);
    for score in scores.iter_mut() {
        *score = exp((*score - largest) * scale);
    }
    let total: f32 = scores.iter().sum();
    for score in scores {
        *score /= total;
    }
}
