//! Keys and values of a tile of slots, as the products of attention take them: floats, or integers
//! where they are kept so and the machine multiplies them faster.

use std::ops::Range;

use unmask_simd::{
    Heads, Instructions, Keys, LANES, Lanes, Queries, Softmax, Values, Weights, add_values, score,
};

use crate::kernels::attention::Params;
use crate::kernels::kv::KvFormat;
use crate::reference::kv;

/// The heads of a store.
pub struct Store<'a> {
    words: &'a [u32],
    format: KvFormat,
    /// Key heads, and as many value heads behind them.
    heads: usize,
    head_dim: usize,
}

impl<'a> Store<'a> {
    /// `[slots, 2 * key heads, head_dim]` in `format`.
    pub fn new(words: &'a [u32], format: KvFormat, params: &Params) -> Self {
        Self {
            words,
            format,
            heads: params.key_heads as usize,
            head_dim: params.head_dim as usize,
        }
    }

    /// As weights, 8-bit integers are multiplied as floats where there are no instructions for them.
    fn has_integers(&self) -> bool {
        self.format == KvFormat::Q8_0 && Instructions::best() != Instructions::Portable
    }

    /// Of some slots, head `head` of the `2 * key heads`.
    fn heads(&self, head: usize, slots: &Range<usize>) -> Heads<'a> {
        let words = self.format.words(self.head_dim);
        let stride = 2 * self.heads * words;
        Heads {
            words: &self.words[slots.start * stride + head * words..],
            stride,
            count: slots.len(),
            size: self.head_dim,
        }
    }

    /// Products read the numbers of many slots several times, which lie far apart.
    fn gather(&self, head: usize, slots: &Range<usize>, gathered: &mut Vec<f32>) {
        gathered.resize(slots.len() * self.head_dim, 0.0);
        let heads = gathered.chunks_exact_mut(self.head_dim);
        for (slot, numbers) in slots.clone().zip(heads) {
            kv::load(
                self.format,
                self.words,
                slot * 2 * self.heads + head,
                numbers,
            );
        }
    }
}

/// Queries side by side, as the tiles take them.
pub enum Rounded {
    /// `[head_dim]`
    Floats(Vec<Lanes>),
    Integers(Queries),
}

impl Rounded {
    /// Of `[head_dim]`, for the tiles of a store.
    pub fn of(numbers: Vec<Lanes>, store: &Store) -> Self {
        match store.has_integers() {
            false => Self::Floats(numbers),
            true => Self::Integers(Queries::round(&numbers)),
        }
    }
}

/// Keys and values of a key head.
#[derive(Default)]
pub struct Tile {
    /// `[slots, head_dim]`
    keys: Vec<f32>,
    /// `[slots, head_dim]`
    values: Vec<f32>,
    integers: (Keys, Values),
    weights: Weights,
}

impl Tile {
    /// Reads some slots.
    pub fn gather(&mut self, store: &Store, key_head: usize, slots: &Range<usize>) {
        let value_head = store.heads + key_head;
        if store.has_integers() {
            self.integers.0.gather(store.heads(key_head, slots));
            self.integers.1.gather(store.heads(value_head, slots));
        } else {
            store.gather(key_head, slots, &mut self.keys);
            store.gather(value_head, slots, &mut self.values);
        }
    }

    /// `scores[slot]`: the products of the queries with the keys.
    pub fn score(&self, queries: &Rounded, scores: &mut [Lanes]) {
        match queries {
            Rounded::Floats(queries) => score(queries, &self.keys, scores),
            Rounded::Integers(queries) => self.integers.0.score(queries, scores),
        }
    }

    /// Adds the values by the scores of queries, which are lost.
    pub fn add(
        &mut self,
        queries: &Rounded,
        (softmax, scale): (&mut Softmax, f32),
        scores: &mut [Lanes],
        sums: &mut [[f32; LANES]],
    ) {
        softmax.weigh(scores, scale, sums);
        match queries {
            Rounded::Floats(_) => add_values(scores, &self.values, sums),
            Rounded::Integers(_) => self.integers.1.add(scores, &mut self.weights, sums),
        }
    }
}
