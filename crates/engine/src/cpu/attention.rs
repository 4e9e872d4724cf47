//! Attention as two products a head, with the softmax between them.

use unmask_simd::{View, multiply, weigh};

use super::threads;
use crate::kernels::LOWEST;
use crate::kernels::attention::{Attention, Params};
use crate::reference::{HostMemory, Reach};

/// As the twin (`reference/attention.rs`).
pub fn run(call: &Attention, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.out);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let (rows, keys) = (p.rows as usize, p.keys as usize);
    let (query_heads, head_dim) = (p.query_heads as usize, p.head_dim as usize);
    let hidden = hidden(call, memory);
    let work = 2 * query_heads * rows * keys * head_dim;
    let heads = Heads {
        params: p,
        qkv: memory.floats(call.qkv),
        stored: gather(p, memory.floats(call.store), work),
    };
    let attended = threads::map(query_heads, work, |head| {
        heads.attend(head, hidden.as_deref())
    });
    let stride = query_heads * head_dim;
    for (head, attended) in attended.into_iter().enumerate() {
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

/// The store head by head, `[2 * key heads][keys, head_dim]`: a product reads its factors many
/// times, and from one end to the other it does so twice as fast.
fn gather(p: &Params, store: &[f32], work: usize) -> Vec<Vec<f32>> {
    let (heads, head_dim) = (2 * p.key_heads as usize, p.head_dim as usize);
    threads::map(heads, work, |head| {
        let slots = store.chunks_exact(heads * head_dim).take(p.keys as usize);
        let mut gathered = Vec::with_capacity(p.keys as usize * head_dim);
        for slot in slots {
            gathered.extend_from_slice(&slot[head * head_dim..][..head_dim]);
        }
        gathered
    })
}

/// The heads of queries, keys and values.
struct Heads<'a> {
    params: &'a Params,
    qkv: &'a [f32],
    /// Keys, then values.
    stored: Vec<Vec<f32>>,
}

impl Heads<'_> {
    /// What the rows get at a query head, `[rows, head_dim]`.
    fn attend(&self, head: usize, hidden: Option<&[bool]>) -> Vec<f32> {
        let p = self.params;
        let (rows, keys) = (p.rows as usize, p.keys as usize);
        let (key_heads, head_dim) = (p.key_heads as usize, p.head_dim as usize);
        let key_head = head / (p.query_heads as usize / key_heads);
        let mut scores = vec![0.0; rows * keys];
        let key = View::of_rows(&self.stored[key_head], head_dim).transposed();
        multiply(self.query(head), key, &mut scores, keys);
        let mut attended = vec![0.0; rows * head_dim];
        let mut totals = Vec::with_capacity(rows);
        for (row, scores) in scores.chunks_exact_mut(keys).enumerate() {
            if let Some(hidden) = hidden {
                hide(scores, &hidden[row * keys..][..keys]);
            }
            totals.push(weigh(scores, p.scale));
        }
        let value = View::of_rows(&self.stored[key_heads + key_head], head_dim);
        multiply(View::of_rows(&scores, keys), value, &mut attended, head_dim);
        for (attended, total) in attended.chunks_exact_mut(head_dim).zip(totals) {
            for number in attended {
                *number /= total;
            }
        }
        attended
    }

    /// `[rows, head_dim]`
    fn query(&self, head: usize) -> View<'_> {
        let p = self.params;
        let head_dim = p.head_dim as usize;
        View {
            data: &self.qkv[head * head_dim..],
            rows: p.rows as usize,
            columns: head_dim,
            row_stride: (p.query_heads + 2 * p.key_heads) as usize * head_dim,
            column_stride: 1,
        }
    }
}

fn hide(scores: &mut [f32], hidden: &[bool]) {
    for (score, hidden) in scores.iter_mut().zip(hidden) {
        *score = if *hidden { LOWEST } else { *score };
    }
}
