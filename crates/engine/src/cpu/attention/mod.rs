//! Attention as two products a head, with the softmax between them, by tiles of keys that stay in
//! the cache (FlashAttention, Dao et al. 2022, arXiv 2205.14135).

mod sight;
mod tile;

use std::ops::Range;

use unmask_simd::{LANES, Lanes, Softmax};

use self::sight::Sight;
use self::tile::{Rounded, Store, Tile};
use super::threads;
use crate::kernels::LOWEST;
use crate::kernels::attention::{Attention, Params};
use crate::reference::HostMemory;

/// Keys at a time: with their values, of 128 numbers as floats, half a second-level cache or less.
const KEYS: usize = 128;

/// Pairs of a row and one of the query heads of a key head, so many of which share a tile of keys.
const PAIRS: usize = 4 * LANES;

/// As the twin (`reference/attention.rs`).
pub fn run(call: &Attention, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.out);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let heads = Heads {
        params: p,
        qkv: memory.floats(call.qkv),
        store: Store::new(memory.words(call.store), call.kv, p),
        sight: Sight::of(call, memory),
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

/// The heads of queries, keys and values.
struct Heads<'a> {
    params: &'a Params,
    qkv: &'a [f32],
    store: Store<'a>,
    sight: Sight<'a>,
}

/// As many queries of a key head as there are lanes, and what they got from the keys so far.
struct Queries {
    /// The row of each query; fewer than there are lanes at the end.
    rows: Vec<usize>,
    /// The least and the largest class of the rows.
    classes: [u32; 2],
    numbers: Rounded,
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
        let mut tile = Tile::default();
        let mut scores = vec![[0.0; LANES]; KEYS.min(keys)];
        for (t, first) in (0..keys).step_by(KEYS).enumerate() {
            let slots = first..keys.min(first + KEYS);
            let seeing = |queries: &Queries| !self.sight.is_hidden(queries.classes, t);
            if !blocks.iter().any(seeing) {
                continue;
            }
            tile.gather(&self.store, key_head, &slots);
            let scores = &mut scores[..slots.len()];
            for queries in blocks.iter_mut().filter(|queries| seeing(queries)) {
                tile.score(&queries.numbers, scores);
                (self.sight).hide(&queries.rows, queries.classes, slots.clone(), scores);
                let softmax = (&mut queries.softmax, self.params.scale);
                tile.add(&queries.numbers, softmax, scores, &mut queries.sums);
            }
        }
        blocks
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
        let rows: Vec<usize> = pairs.map(|pair| self.pair(key_head, pair).0).collect();
        Queries {
            classes: self.sight.classes(&rows),
            rows,
            numbers: Rounded::of(numbers, &self.store),
            softmax: Softmax {
                largest: [LOWEST; LANES],
                totals: [0.0; LANES],
            },
            sums: vec![[0.0; LANES]; head_dim],
        }
    }

    /// Puts what the pairs got into `out`: zeros for a row that sees nothing.
    fn write(&self, queries: &Queries, key_head: usize, pairs: Range<usize>, out: &mut [f32]) {
        let head_dim = self.params.head_dim as usize;
        for (lane, pair) in pairs.enumerate() {
            let (row, head) = self.pair(key_head, pair);
            let first = (row * self.params.query_heads as usize + head) * head_dim;
            let total = match queries.softmax.totals[lane] {
                0.0 => 1.0,
                total => total,
            };
            for (out, sums) in out[first..][..head_dim].iter_mut().zip(&queries.sums) {
                *out = sums[lane] / total;
            }
        }
    }
}
