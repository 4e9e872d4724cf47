//! Numbers as integers in words, several of which instructions multiply and add up at once: queries of 8
//! bits, weights of 16.

use crate::BLOCK;
use crate::activations::scale_of;
use crate::lanes::{Dots, LANES, Lanes, ROUND, Task, Vector, run};

/// A word of each query.
pub type Words = [u32; LANES];

/// The largest magnitude of a query's integers.
const LARGEST_QUERY: f32 = 127.0;
/// The largest integer that weights are rounded to.
const LARGEST_WEIGHT: f32 = 32767.0;

/// What the largest weight is at least taken for, so that its inverse is a number.
const LEAST_WEIGHT: f32 = 1e-30;

/// Queries, rounded as activations are: a scale for each block of 32 numbers.
pub struct Queries {
    /// `[numbers / WIDTH]` of the instruction set
    pub(crate) words: Vec<Words>,
    /// `[blocks]`: what sums of products begin with
    pub(crate) starts: Vec<Words>,
    /// `[blocks]`
    pub(crate) scales: Vec<Lanes>,
}

impl Queries {
    /// Of `[numbers]`.
    ///
    /// # Panics
    /// When the numbers are no whole blocks.
    #[must_use]
    pub fn round(numbers: &[Lanes]) -> Self {
        let mut queries = Self {
            words: Vec::new(),
            starts: Vec::new(),
            scales: Vec::new(),
        };
        let (blocks, rest) = numbers.as_chunks();
        assert!(rest.is_empty(), "whole blocks only");
        run(Round {
            blocks,
            queries: &mut queries,
        });
        queries
    }
}

pub(crate) struct Round<'a> {
    pub blocks: &'a [[Lanes; BLOCK]],
    pub queries: &'a mut Queries,
}

impl Task for Round<'_> {
    #[inline(always)]
    fn run<V: Vector, const N: usize>(self) {
        for numbers in self.blocks {
            let steps = steps(numbers);
            let inverses = V::of(&steps.map(|(_, inverse)| inverse));
            self.queries.scales.push(steps.map(|(scale, _)| scale));
            let first = self.queries.words.len();
            self.queries
                .words
                .resize(first + BLOCK / V::Dots::WIDTH, [0; LANES]);
            let words = &mut self.queries.words[first..];
            let fours = numbers.as_chunks::<4>().0.iter();
            for (four, words) in fours.zip(words.chunks_exact_mut(4 / V::Dots::WIDTH)) {
                let mut rounded = [V::splat(ROUND); 4];
                for (rounded, x) in rounded.iter_mut().zip(four) {
                    *rounded = rounded.add_products(V::of(x), inverses);
                }
                V::Dots::pack(rounded, words);
            }
            let mut of_zeros = V::Dots::zero();
            for words in words {
                of_zeros = of_zeros.add_word(V::Dots::of(words), V::Dots::ZEROS);
            }
            self.queries
                .starts
                .push(V::Dots::zero().minus(of_zeros).words());
        }
    }
}

/// Of each query the scale of a block and its inverse.
fn steps(numbers: &[Lanes; BLOCK]) -> [(f32, f32); LANES] {
    // Magnitudes are ordered as their bits are, with NaN above all: none gets lost.
    let mut largest = [0; LANES];
    for numbers in numbers {
        for (largest, x) in largest.iter_mut().zip(numbers) {
            *largest = (*largest).max((x.to_bits() & (u32::MAX >> 1)) as i32);
        }
    }
    largest.map(|largest| scale_of(largest, LARGEST_QUERY))
}

/// Weights of values, rounded by the largest of each query.
#[derive(Default)]
pub struct Weights {
    /// `[keys / 2]`
    pub(crate) pairs: Vec<Words>,
    pub(crate) scales: Lanes,
}

impl Weights {
    /// Rounds weights, none of which is negative, times the scales of their values.
    #[inline(always)]
    pub(crate) fn round<V: Vector>(&mut self, weights: &[Lanes], scales: &[f32]) {
        let mut largest = V::splat(LEAST_WEIGHT);
        for (weight, scale) in weights.iter().zip(scales) {
            largest = V::of(weight).times(V::splat(*scale)).max(largest);
        }
        self.scales = largest.times(V::splat(1.0 / LARGEST_WEIGHT)).lanes();
        let inverses = V::splat(LARGEST_WEIGHT).over(largest);
        self.pairs.resize(weights.len().div_ceil(2), [0; LANES]);
        let (twos, rest) = weights.as_chunks();
        let (scales, last) = scales.as_chunks();
        let round = V::splat(ROUND);
        for ((pairs, [a, b]), [of_a, of_b]) in self.pairs.iter_mut().zip(twos).zip(scales) {
            let a = round.add_products(V::of(a), V::splat(*of_a).times(inverses));
            let b = round.add_products(V::of(b), V::splat(*of_b).times(inverses));
            *pairs = a.pairs(b);
        }
        if let ([a], [of_a]) = (rest, last) {
            let a = round.add_products(V::of(a), V::splat(*of_a).times(inverses));
            self.pairs[twos.len()] = a.pairs(round);
        }
    }
}

/// Pairs of 16-bit integers, in the order of the bytes.
#[inline(always)]
pub fn widen(bytes: &[u8; 16]) -> [u32; 8] {
    wide::widen(bytes)
}

/// Pairs of a byte of either.
#[inline(always)]
pub fn interleave(a: &[u8], b: &[u8], out: &mut [u32]) {
    let (a, b) = (a.as_chunks::<16>().0, b.as_chunks::<16>().0);
    for ((out, a), b) in out.as_chunks_mut::<16>().0.iter_mut().zip(a).zip(b) {
        *out = wide::interleave(a, b);
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod wide {
    #[inline(always)]
    pub fn widen(bytes: &[u8; 16]) -> [u32; 8] {
        bytemuck::cast(bytes.map(|byte| i16::from(byte as i8)))
    }

    #[inline(always)]
    pub fn interleave(a: &[u8; 16], b: &[u8; 16]) -> [u32; 16] {
        let wide = |byte: u8| i32::from(byte as i8) as u32;
        std::array::from_fn(|i| wide(a[i]) & 0xffff | wide(b[i]) << 16)
    }
}

/// The wasm module is optimised for size when it is linked, which leaves loops as they are.
#[cfg(target_arch = "wasm32")]
mod wide {
    use std::arch::wasm32::*;

    #[inline(always)]
    pub fn widen(bytes: &[u8; 16]) -> [u32; 8] {
        let bytes = bytemuck::cast(*bytes);
        bytemuck::cast([
            i16x8_extend_low_i8x16(bytes),
            i16x8_extend_high_i8x16(bytes),
        ])
    }

    #[inline(always)]
    pub fn interleave(a: &[u8; 16], b: &[u8; 16]) -> [u32; 16] {
        let (a, b) = (bytemuck::cast(*a), bytemuck::cast(*b));
        let low = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b);
        let high =
            i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b);
        bytemuck::cast([
            i16x8_extend_low_i8x16(low),
            i16x8_extend_high_i8x16(low),
            i16x8_extend_low_i8x16(high),
            i16x8_extend_high_i8x16(high),
        ])
    }
}
