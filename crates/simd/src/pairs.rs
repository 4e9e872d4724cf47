//! Numbers as integers of 16 bits, two a word: what instructions multiply and add up at once.

use crate::BLOCK;
use crate::activations::scale_of;
use crate::lanes::{LANES, Lanes, Task, Vector, run};

/// Two integers of each query, the first in the lower half.
pub type Pairs = [u32; LANES];

/// The largest magnitude that numbers are rounded to.
const LARGEST: f32 = 32767.0;

/// Queries, each rounded by the largest of its numbers: `x' = d q`, `d = max|x| / 32767`.
pub struct Queries {
    /// `[numbers / 2]`
    pub(crate) pairs: Vec<Pairs>,
    pub(crate) scales: Lanes,
}

impl Queries {
    /// Of `[numbers]`.
    ///
    /// # Panics
    /// When the numbers are no whole blocks.
    #[must_use]
    pub fn round(numbers: &[Lanes]) -> Self {
        assert!(numbers.len().is_multiple_of(BLOCK), "whole blocks only");
        let magnitude = |x: f32| (x.to_bits() & (u32::MAX >> 1)) as i32;
        let largest = |lane: usize| numbers.iter().map(|x| magnitude(x[lane])).max();
        let steps: [(f32, f32); LANES] =
            std::array::from_fn(|lane| scale_of(largest(lane).unwrap_or(0), LARGEST));
        let inverses = steps.map(|(_, inverse)| inverse);
        let mut pairs = vec![[0; LANES]; numbers.len() / 2];
        run(Round {
            numbers,
            inverses,
            pairs: &mut pairs,
        });
        Self {
            pairs,
            scales: steps.map(|(scale, _)| scale),
        }
    }
}

struct Round<'a> {
    numbers: &'a [Lanes],
    inverses: Lanes,
    pairs: &'a mut [Pairs],
}

impl Task for Round<'_> {
    #[inline(always)]
    fn run<V: Vector, const N: usize>(self) {
        let inverses = V::of(&self.inverses);
        for (pairs, [a, b]) in self.pairs.iter_mut().zip(self.numbers.as_chunks().0) {
            let [a, b] = [V::of(a), V::of(b)].map(|x| x.times(inverses));
            *pairs = a.pairs(b);
        }
    }
}

/// Weights of values, rounded by the largest of each query.
#[derive(Default)]
pub struct Weights {
    /// `[keys]`
    products: Vec<Lanes>,
    /// `[keys / 2]`
    pub(crate) pairs: Vec<Pairs>,
    pub(crate) scales: Lanes,
}

impl Weights {
    /// Rounds weights, none of which is negative, times the scales of their values.
    #[inline(always)]
    pub(crate) fn round<V: Vector>(&mut self, weights: &[Lanes], scales: &[f32]) {
        let mut largest = V::splat(0.0);
        self.products.resize(weights.len().next_multiple_of(2), [0.0; LANES]);
        for ((product, weight), scale) in self.products.iter_mut().zip(weights).zip(scales) {
            let p = V::of(weight).times(V::splat(*scale));
            largest = p.max(largest);
            *product = p.lanes();
        }
        if !weights.len().is_multiple_of(2) {
            self.products[weights.len()] = [0.0; LANES];
        }
        let steps = largest.lanes().map(|l| scale_of(l.to_bits() as i32, LARGEST));
        self.scales = steps.map(|(scale, _)| scale);
        self.pairs.resize(self.products.len() / 2, [0; LANES]);
        Round {
            numbers: &self.products,
            inverses: steps.map(|(_, inverse)| inverse),
            pairs: &mut self.pairs,
        }
        .run::<V, 1>();
    }
}

/// Bytes as integers of 16 bits, in their order.
#[inline(always)]
pub fn widen(bytes: &[u8], out: &mut [u32]) {
    let (parts, _) = bytes.as_chunks::<16>();
    for (out, part) in out.as_chunks_mut::<8>().0.iter_mut().zip(parts) {
        *out = wide::widen(part);
    }
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
        bytemuck::cast([i16x8_extend_low_i8x16(bytes), i16x8_extend_high_i8x16(bytes)])
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
