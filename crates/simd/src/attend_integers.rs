//! The two products of attention with keys and values in blocks of 8-bit integers (q8_0), as integers
//! throughout. Queries are rounded as all activations are; weights to 16 bits, as one that is large must
//! not hide many that are small (SageAttention, Zhang et al. 2024, arXiv 2410.02367). Scales are of one
//! key, so that nothing depends on keys that a row does not see.
//!
//! `score[key] = Σ over blocks b of d[b] D[key, b] Σ over i in b of q[i] Q[key, i]`
//!
//! `sum[i] += u Σ over keys of round(w[key] D[key, b] / u) Q[key, i]`, `u = max(w D) / 32767`

use crate::integers::{Queries, Weights, interleave};
use crate::lanes::{Dots, Lanes, Task, Vector, run};
use crate::{BLOCK, LANES};

/// Keys whose products with the largest numbers a sum of 32 bits holds.
const MOST_KEYS: usize = 512;

/// Words at a time: a block has as many, or twice.
const PART: usize = 8;

/// Heads as they are kept, each the bytes of its integers, then an f32 scale a block, in words.
#[derive(Clone, Copy)]
pub struct Heads<'a> {
    /// From the first word of the first head on.
    pub words: &'a [u32],
    /// Words from a head to the next.
    pub stride: usize,
    /// Number of heads.
    pub count: usize,
    /// Numbers of a head, a multiple of 32.
    pub size: usize,
}

impl<'a> Heads<'a> {
    /// The integers and the scales of a head.
    #[inline(always)]
    fn head(&self, i: usize) -> (&'a [u8], &'a [f32]) {
        let words = &self.words[i * self.stride..][..self.size / 4 + self.size / BLOCK];
        let (bytes, scales) = words.split_at(self.size / 4);
        (bytemuck::cast_slice(bytes), bytemuck::cast_slice(scales))
    }
}

/// Keys of a head, for a product with queries.
#[derive(Default)]
pub struct Keys {
    /// `[keys, size / WIDTH]`, with WIDTH of the instruction set
    words: Vec<u32>,
    /// `[keys, blocks]`
    scales: Vec<f32>,
    count: usize,
    size: usize,
}

impl Keys {
    /// Replaces what was there.
    pub fn gather(&mut self, heads: Heads) {
        (self.count, self.size) = (heads.count, heads.size);
        run(GatherKeys { heads, keys: self });
    }

    /// `scores[key]`: the products of every query with every key.
    ///
    /// # Panics
    /// When queries and keys have other sizes, or there are not as many scores as keys.
    pub fn score(&self, queries: &Queries, scores: &mut [Lanes]) {
        assert_eq!(queries.scales.len() * BLOCK, self.size, "the sizes agree");
        assert_eq!(scores.len(), self.count, "a score for every key");
        run(Score {
            keys: self,
            queries,
            scores,
        });
    }
}

struct GatherKeys<'a> {
    heads: Heads<'a>,
    keys: &'a mut Keys,
}

impl Task for GatherKeys<'_> {
    #[inline(always)]
    fn run<V: Vector, const N: usize>(self) {
        let (count, size) = (self.heads.count, self.heads.size);
        let (width, blocks) = (size / V::Dots::WIDTH, size / BLOCK);
        self.keys.words.resize(count * width, 0);
        self.keys.scales.resize(count * blocks, 0.0);
        let words = self.keys.words.chunks_exact_mut(width);
        let scales = self.keys.scales.chunks_exact_mut(blocks);
        for (i, (words, scales)) in words.zip(scales).enumerate() {
            let (bytes, kept) = self.heads.head(i);
            let parts = words.chunks_exact_mut(16 / V::Dots::WIDTH);
            for (bytes, words) in bytes.as_chunks().0.iter().zip(parts) {
                V::Dots::key(bytes, words);
            }
            scales.copy_from_slice(kept);
        }
    }
}

struct Score<'a> {
    keys: &'a Keys,
    queries: &'a Queries,
    scores: &'a mut [Lanes],
}

impl Task for Score<'_> {
    #[inline(always)]
    fn run<V: Vector, const N: usize>(self) {
        let whole = self.scores.len() / N * N;
        let (parts, rest) = self.scores.split_at_mut(whole);
        for (i, scores) in parts.as_chunks_mut::<N>().0.iter_mut().enumerate() {
            score::<V, N>(self.queries, self.keys, i * N, scores);
        }
        for (i, scores) in rest.as_chunks_mut::<1>().0.iter_mut().enumerate() {
            score::<V, 1>(self.queries, self.keys, whole + i, scores);
        }
    }
}

#[inline(always)]
fn score<V: Vector, const N: usize>(
    queries: &Queries,
    keys: &Keys,
    first: usize,
    scores: &mut [Lanes; N],
) {
    let (queried, _) = queries.words.as_chunks::<PART>();
    let (words, _) = keys.words.as_chunks::<PART>();
    let (parts, blocks) = (queried.len(), keys.size / BLOCK);
    let words: [&[[u32; PART]]; N] =
        std::array::from_fn(|n| &words[(first + n) * parts..][..parts]);
    let scales: [&[f32]; N] =
        std::array::from_fn(|n| &keys.scales[(first + n) * blocks..][..blocks]);
    let mut sums = [V::splat(0.0); N];
    for b in 0..blocks {
        let mut dots = [V::Dots::of(&queries.starts[b]); N];
        for part in b * parts / blocks..(b + 1) * parts / blocks {
            let words = words.map(|words| &words[part]);
            for (i, queried) in queried[part].iter().enumerate() {
                let queried = V::Dots::of(queried);
                for (dots, words) in dots.iter_mut().zip(words) {
                    *dots = dots.add_word(queried, words[i]);
                }
            }
        }
        let scale = V::of(&queries.scales[b]);
        for ((sum, dots), scales) in sums.iter_mut().zip(dots).zip(scales) {
            let scale = scale.times(V::splat(scales[b]));
            *sum = sum.add_products(dots.floats(), scale);
        }
    }
    for (score, sum) in scores.iter_mut().zip(sums) {
        *score = sum.lanes();
    }
}

/// Values of a head, for a product with weights.
#[derive(Default)]
pub struct Values {
    /// `[blocks, keys / 2, BLOCK]`: pairs of numbers of two keys
    pairs: Vec<u32>,
    /// `[blocks, keys]`
    scales: Vec<f32>,
    count: usize,
}

impl Values {
    /// Replaces what was there.
    ///
    /// # Panics
    /// When there are more than 512.
    pub fn gather(&mut self, heads: Heads) {
        assert!(heads.count <= MOST_KEYS);
        self.count = heads.count;
        self.pairs.resize(heads.count.div_ceil(2) * heads.size, 0);
        self.scales.resize(heads.count * heads.size / BLOCK, 0.0);
        run(GatherValues {
            heads,
            values: self,
        });
    }

    /// `sums[i] += Σ over keys of weights[key] values[key, i]`, for weights that are not negative.
    ///
    /// # Panics
    /// When there are not as many weights as values, or sums as numbers of a value.
    pub fn add(&self, weights: &[Lanes], rounded: &mut Weights, sums: &mut [Lanes]) {
        assert_eq!(weights.len(), self.count, "as many weights as values");
        assert_eq!(sums.len() * weights.len(), self.scales.len() * BLOCK);
        if !weights.is_empty() {
            run(Add {
                values: self,
                weights,
                rounded,
                sums,
            });
        }
    }
}

struct GatherValues<'a> {
    heads: Heads<'a>,
    values: &'a mut Values,
}

impl Task for GatherValues<'_> {
    #[inline(always)]
    fn run<V: Vector, const N: usize>(self) {
        let (heads, none) = (self.heads, [0; BLOCK]);
        let halves = heads.count.div_ceil(2);
        for first in (0..heads.count).step_by(2) {
            let a = heads.head(first);
            let b = (first + 1 < heads.count).then(|| heads.head(first + 1));
            for (block, bytes) in a.0.as_chunks::<BLOCK>().0.iter().enumerate() {
                let other = b.map_or(&none, |b| &b.0.as_chunks().0[block]);
                let at = (block * halves + first / 2) * BLOCK;
                interleave(bytes, other, &mut self.values.pairs[at..][..BLOCK]);
                let scales = &mut self.values.scales[block * heads.count + first..];
                scales[0] = a.1[block];
                if let Some(b) = b {
                    scales[1] = b.1[block];
                }
            }
        }
    }
}

struct Add<'a> {
    values: &'a Values,
    weights: &'a [Lanes],
    rounded: &'a mut Weights,
    sums: &'a mut [Lanes],
}

impl Task for Add<'_> {
    #[inline(always)]
    fn run<V: Vector, const N: usize>(self) {
        let count = self.values.count;
        let scales = self.values.scales.chunks_exact(count);
        let pairs = self.values.pairs.chunks_exact(count.div_ceil(2) * BLOCK);
        let sums = self.sums.as_chunks_mut::<BLOCK>().0;
        for ((sums, pairs), scales) in sums.iter_mut().zip(pairs).zip(scales) {
            self.rounded.round::<V>(self.weights, scales);
            let (parts, rest) = sums.split_at_mut(BLOCK / N * N);
            for (i, sums) in parts.as_chunks_mut::<N>().0.iter_mut().enumerate() {
                add::<V, N>(self.rounded, pairs, i * N, sums);
            }
            for (i, sums) in rest.as_chunks_mut::<1>().0.iter_mut().enumerate() {
                add::<V, 1>(self.rounded, pairs, BLOCK / N * N + i, sums);
            }
        }
    }
}

/// Adds the products with N numbers of the values of a block, from `first` on.
#[inline(always)]
fn add<V: Vector, const N: usize>(
    weights: &Weights,
    pairs: &[u32],
    first: usize,
    sums: &mut [[f32; LANES]; N],
) {
    let mut dots = [V::Dots::zero(); N];
    for (weights, pairs) in weights.pairs.iter().zip(pairs.as_chunks::<BLOCK>().0) {
        let weights = V::Dots::of(weights);
        let pairs = &pairs[first..first + N];
        for (dots, pair) in dots.iter_mut().zip(pairs) {
            *dots = dots.add_pair(weights, *pair);
        }
    }
    let scale = V::of(&weights.scales);
    for (sum, dots) in sums.iter_mut().zip(dots) {
        *sum = V::of(sum).add_products(dots.floats(), scale).lanes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instructions;
    use crate::integers::Round;
    use crate::lanes::run_on;

    /// Numbers in -1..1.
    fn number(i: usize) -> f32 {
        (i * 37 % 101) as f32 / 50.0 - 1.0
    }

    fn lanes(count: usize, seed: usize) -> Vec<Lanes> {
        (0..count)
            .map(|i| std::array::from_fn(|lane| number(i * 29 + lane * 13 + seed)))
            .collect()
    }

    /// A store with a gap between heads, and the numbers that it stands for, `[count, size]`.
    fn store(count: usize, size: usize) -> (Vec<u32>, Vec<f64>) {
        let (mut words, mut numbers) = (Vec::new(), Vec::new());
        for head in 0..count {
            let byte = |i: usize| (head * 71 + i * 53) as u8;
            let scale = |block: usize| 0.01 * (1 + (head * 7 + block * 3) % 5) as f32;
            let bytes: Vec<u8> = (0..size).map(byte).collect();
            words.extend(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|four| u32::from_le_bytes(*four)),
            );
            words.extend((0..size / BLOCK).map(|block| scale(block).to_bits()));
            words.push(u32::MAX);
            let number = |i: usize| f64::from(byte(i) as i8) * f64::from(scale(i / BLOCK));
            numbers.extend((0..size).map(number));
        }
        (words, numbers)
    }

    fn heads(words: &[u32], count: usize, size: usize) -> Heads<'_> {
        Heads {
            words,
            stride: size / 4 + size / BLOCK + 1,
            count,
            size,
        }
    }

    /// Every one of the machine.
    fn sets() -> impl Iterator<Item = Instructions> {
        Instructions::ALL
            .iter()
            .copied()
            .filter(|set| set.available())
    }

    fn of(lanes: &[Lanes], i: usize, lane: usize) -> f64 {
        f64::from(lanes[i][lane])
    }

    /// Half a step of a number of the largest magnitude `largest`, and what singles lose.
    fn half_step(largest: f64, steps: f64) -> f64 {
        largest / steps * 0.5001
    }

    // Counts with and without a rest for every instruction set.
    const SHAPES: [(usize, usize); 4] = [(1, 32), (7, 64), (24, 128), (255, 32)];

    #[test]
    fn scores_are_those_of_f64_but_for_what_queries_are_rounded_by() {
        for (set, (count, size)) in sets().flat_map(|set| SHAPES.map(|shape| (set, shape))) {
            let (words, numbers) = store(count, size);
            let (mut keys, queries) = (Keys::default(), lanes(size, 1));
            let mut rounded = Queries::round(&[]);
            let blocks = queries.as_chunks().0;
            run_on(
                set,
                Round {
                    blocks,
                    queries: &mut rounded,
                },
            );
            let heads = heads(&words, count, size);
            (keys.count, keys.size) = (count, size);
            run_on(
                set,
                GatherKeys {
                    heads,
                    keys: &mut keys,
                },
            );
            let mut scores = vec![[9.0; LANES]; count];
            run_on(
                set,
                Score {
                    keys: &keys,
                    queries: &rounded,
                    scores: &mut scores,
                },
            );
            let largest = |lane: usize, block: usize| {
                let numbers = queries[block * BLOCK..][..BLOCK].iter();
                numbers
                    .map(|q| f64::from(q[lane].abs()))
                    .fold(0.0, f64::max)
            };
            for (lane, (key, score)) in (0..LANES)
                .flat_map(|lane| scores.iter().enumerate().map(move |score| (lane, score)))
            {
                let key = &numbers[key * size..][..size];
                let expected: f64 = (0..size).map(|i| of(&queries, i, lane) * key[i]).sum();
                let bound =
                    |i: usize| (half_step(largest(lane, i / BLOCK), 127.0) + 1e-6) * key[i].abs();
                let bound: f64 = (0..size).map(bound).sum();
                let error = (f64::from(score[lane]) - expected).abs();
                assert!(error <= bound, "{set:?}: {score:?}, {expected}");
            }
        }
    }

    #[test]
    fn sums_are_those_of_f64_but_for_what_weights_are_rounded_by() {
        for (set, (count, size)) in sets().flat_map(|set| SHAPES.map(|shape| (set, shape))) {
            let (words, numbers) = store(count, size);
            let weights: Vec<Lanes> = lanes(count, 3).iter().map(|w| w.map(f32::abs)).collect();
            let (mut values, before) = (Values::default(), lanes(size, 4));
            values.gather(heads(&words, count, size));
            let mut sums = before.clone();
            run_on(
                set,
                Add {
                    values: &values,
                    weights: &weights,
                    rounded: &mut Weights::default(),
                    sums: &mut sums,
                },
            );
            for (lane, (i, sum)) in
                (0..LANES).flat_map(|lane| sums.iter().enumerate().map(move |sum| (lane, sum)))
            {
                let value = |key: usize| numbers[key * size + i];
                let products = (0..count).map(|key| of(&weights, key, lane) * value(key));
                let expected = of(&before, i, lane) + products.sum::<f64>();
                // A product with a scale is at most 0.05, and an integer 128.
                let error = (f64::from(sum[lane]) - expected).abs();
                let bound =
                    half_step(0.05, 32767.0) * 128.0 * count as f64 + 1e-6 * (1.0 + expected.abs());
                assert!(error <= bound, "{set:?}: {}, {expected}", sum[lane]);
            }
        }
    }

    #[test]
    fn keys_that_weigh_nothing_change_no_bit() {
        let size = 64;
        let (mut words, _) = store(9, size);
        let mut weights: Vec<Lanes> = lanes(9, 3).iter().map(|w| w.map(f32::abs)).collect();
        weights[4] = [0.0; LANES];
        let sums = |words: &[u32]| {
            let (mut values, mut sums) = (Values::default(), lanes(size, 4));
            values.gather(heads(words, 9, size));
            values.add(&weights, &mut Weights::default(), &mut sums);
            sums
        };
        let before = sums(&words);
        let head = 4 * (size / 4 + size / BLOCK + 1);
        words[head..][..size / 4].fill(0x7f7f_7f7f);
        words[head + size / 4..][..size / BLOCK].fill(1e6_f32.to_bits());
        assert_eq!(sums(&words), before);
    }

    #[test]
    fn what_is_no_number_shows() {
        let (words, _) = store(4, 32);
        let (mut keys, mut queries) = (Keys::default(), lanes(32, 1));
        queries[5][3] = f32::NAN;
        keys.gather(heads(&words, 4, 32));
        let mut scores = [[0.0; LANES]; 4];
        keys.score(&Queries::round(&queries), &mut scores);
        for score in scores {
            assert!(score[3].is_nan() && score[2].is_finite());
        }
    }
}
