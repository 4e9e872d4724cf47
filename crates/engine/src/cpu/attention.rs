//! Attention as two products a head, with the softmax between them, by tiles of keys that stay in
//! the cache (FlashAttention, Dao et al. 2022, arXiv 2205.14135).

use std::ops::Range;

use unmask_simd::{LANES, Lanes, Softmax, add_values, score};

use super::threads;
use crate::kernels::LOWEST;
use crate::kernels::attention::{Attention, Params};
use crate::kernels::kv::KvFormat;
use crate::reference::{HostMemory, Reach, kv};

/// Keys at a time.
const KEYS: usize = 256;

/// Pairs of a row and one of the query heads of a key head, so many of which share a tile of keys.
const PAIRS: usize = 4 * LANES;

/// As the twin (`reference/attention.rs`).
pub fn run(call: &Attention, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.out);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let heads = Heads {
        params: p,
        format: call.kv,
        qkv: memory.floats(call.qkv),
        store: memory.words(call.store),
        sight: Sight {
            classes: memory.words(call.classes),
            key_classes: memory.words(call.key_classes),
            blind: memory.words(call.blind),
            reach: call.sight.map(|_| Reach::of(call, memory)),
        },
    };
    let pairs = p.rows as usize * heads.group();
    let parts = pairs.div_ceil(PAIRS);
    let part = |i: usize| {
        let first = i % parts * PAIRS;
        heads.attend(i / parts, first..pairs.min(first + PAIRS))
    };
    let work = 2 * p.keys as usize * pairs * (p.key_heads * p.head_dim) as usize;
    let attended = threads::map(p.key_heads as usize * parts, work, part);
    for (i, part) in attended.iter().enumerate() {
        let first = i % parts * PAIRS;
        for (b, queries) in part.iter().enumerate() {
            let pairs = first + b * LANES..pairs.min(first + (b + 1) * LANES);
            heads.write(queries, i / parts, pairs, out);
        }
    }
    memory.put(call.out, buffer);
}

/// Who sees whom.
struct Sight<'a> {
    classes: &'a [u32],
    key_classes: &'a [u32],
    blind: &'a [u32],
    /// What is not seen although its class allows it.
    reach: Option<Reach<'a>>,
}

impl Sight<'_> {
    /// Whether every one of `rows` sees all of `slots`.
    fn is_clear(&self, rows: &[usize], slots: &Range<usize>) -> bool {
        let least = rows.iter().map(|row| self.classes[*row]).min();
        let is_blind = |row: &usize| slots.contains(&(self.blind[*row] as usize));
        self.reach.is_none()
            && !rows.iter().any(is_blind)
            && (self.key_classes[slots.clone()].iter()).all(|class| Some(*class) <= least)
    }

    fn sees(&self, row: usize, slot: usize) -> bool {
        self.key_classes[slot] <= self.classes[row]
            && slot as u32 != self.blind[row]
            && (self.reach.as_ref()).is_none_or(|reach| reach.covers(row, slot))
    }

    /// Lowers the scores of slots that rows, one a lane, do not see.
    fn hide(&self, rows: &[usize], slots: Range<usize>, scores: &mut [Lanes]) {
        if self.is_clear(rows, &slots) {
            return;
        }
        for (slot, scores) in slots.zip(scores) {
            for (row, score) in rows.iter().zip(scores) {
                *score = if self.sees(*row, slot) {
                    *score
                } else {
                    LOWEST
                };
            }
        }
    }
}

/// The heads of queries, keys and values.
struct Heads<'a> {
    params: &'a Params,
    format: KvFormat,
    qkv: &'a [f32],
    store: &'a [u32],
    sight: Sight<'a>,
}

/// As many queries of a key head as there are lanes, and what they got from the keys so far.
struct Queries {
    /// The row of each query; fewer than there are lanes at the end.
    rows: Vec<usize>,
    /// `[head_dim]`
    numbers: Vec<Lanes>,
    softmax: Softmax,
    /// `[head_dim]`: sums of weighted values.
    sums: Vec<Lanes>,
}

impl Heads<'_> {
    /// Query heads of a key head.
    fn group(&self) -> usize {
        (self.params.query_heads / self.params.key_heads) as usize
    }

    /// What some pairs of rows and query heads of a key head get.
    fn attend(&self, key_head: usize, pairs: Range<usize>) -> Vec<Queries> {
        let keys = self.params.keys as usize;
        let blocks = pairs.clone().step_by(LANES);
        let blocks = blocks.map(|first| first..pairs.end.min(first + LANES));
        let mut blocks: Vec<Queries> = blocks.map(|pairs| self.queries(key_head, pairs)).collect();
        let (mut key, mut value) = (Vec::new(), Vec::new());
        let mut scores = vec![[0.0; LANES]; KEYS.min(keys)];
        for first in (0..keys).step_by(KEYS) {
            let slots = first..keys.min(first + KEYS);
            self.gather(key_head, slots.clone(), &mut key);
            let value_head = self.params.key_heads as usize + key_head;
            self.gather(value_head, slots.clone(), &mut value);
            let scores = &mut scores[..slots.len()];
            for queries in &mut blocks {
                score(&queries.numbers, &key, scores);
                self.sight.hide(&queries.rows, slots.clone(), scores);
                queries.see(scores, &value, self.params.scale);
            }
        }
        blocks
    }

    /// Of a head of the store `[slots, head_dim]`: products read the numbers of many slots several
    /// times, which lie far apart.
    fn gather(&self, head: usize, slots: Range<usize>, gathered: &mut Vec<f32>) {
        let head_dim = self.params.head_dim as usize;
        let heads = 2 * self.params.key_heads as usize;
        gathered.resize(slots.len() * head_dim, 0.0);
        for (slot, numbers) in slots.zip(gathered.chunks_exact_mut(head_dim)) {
            kv::load(self.format, self.store, slot * heads + head, numbers);
        }
    }

    /// The row and the query head of a pair.
    fn pair(&self, key_head: usize, pair: usize) -> (usize, usize) {
        let group = self.group();
        (pair / group, key_head * group + pair % group)
    }

    fn queries(&self, key_head: usize, pairs: Range<usize>) -> Queries {
        let p = self.params;
        let head_dim = p.head_dim as usize;
        let heads = (p.query_heads + 2 * p.key_heads) as usize;
        let mut numbers = vec![[0.0; LANES]; head_dim];
        for (lane, pair) in pairs.clone().enumerate() {
            let (row, head) = self.pair(key_head, pair);
            let query = &self.qkv[(row * heads + head) * head_dim..];
            for (lanes, number) in numbers.iter_mut().zip(query) {
                lanes[lane] = *number;
            }
        }
        Queries {
            rows: pairs.map(|pair| self.pair(key_head, pair).0).collect(),
            numbers,
            softmax: Softmax {
                largest: [LOWEST; LANES],
                totals: [0.0; LANES],
            },
            sums: vec![[0.0; LANES]; head_dim],
        }
    }

    /// Puts what the pairs got into `out`.
    fn write(&self, queries: &Queries, key_head: usize, pairs: Range<usize>, out: &mut [f32]) {
        let head_dim = self.params.head_dim as usize;
        for (lane, pair) in pairs.enumerate() {
            let (row, head) = self.pair(key_head, pair);
            let first = (row * self.params.query_heads as usize + head) * head_dim;
            let total = queries.softmax.totals[lane];
            for (out, sums) in out[first..][..head_dim].iter_mut().zip(&queries.sums) {
                *out = sums[lane] / total;
            }
        }
    }
}

impl Queries {
    /// Adds the values of a tile by their scores, which are lost.
    fn see(&mut self, scores: &mut [Lanes], values: &[f32], scale: f32) {
        let factors = self.softmax.weigh(scores, scale);
        for sums in &mut self.sums {
            for (sum, factor) in sums.iter_mut().zip(factors) {
                *sum *= factor;
            }
        }
        add_values(scores, values, &mut self.sums);
    }
}
