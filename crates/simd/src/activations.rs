//! Activations as 8-bit integers: one f32 scale a block of 32, `x' = d q`.
//!
//! d = max|x| / 127 and q = round(x / d), ties to even, so |x - x'| <= d / 2 and what rounding x / d
//! costs. A block that holds NaN or an infinity has the scale NaN, and so have its products.

use crate::lanes::ROUND;
use crate::layout::{BLOCK, Rounded, UNITS, Unit};

/// `[rows, blocks]`: rounded activations.
pub struct Activations {
    /// Of a row.
    pub(crate) blocks: usize,
    quants: Vec<Rounded>,
}

impl Activations {
    /// Rounds `x`, `[rows, k]`, block by block.
    #[inline(always)]
    pub(crate) fn by(x: &[f32], k: usize, round: impl Fn(&[f32; BLOCK]) -> Rounded) -> Self {
        assert!(k > 0 && k.is_multiple_of(BLOCK), "blocks do not span rows");
        assert!(x.len().is_multiple_of(k), "whole rows only");
        let blocks = x.as_chunks::<BLOCK>().0;
        let mut quants = vec![Rounded::default(); blocks.len()];
        for (to, x) in quants.iter_mut().zip(blocks) {
            *to = round(x);
        }
        Self {
            blocks: k / BLOCK,
            quants,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.quants.len() / self.blocks
    }

    /// The blocks of all rows.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn all(&self) -> &[Rounded] {
        &self.quants
    }

    /// The blocks of so many rows.
    pub(crate) fn rows_from<const ROWS: usize>(&self, first: usize) -> [&[Rounded]; ROWS] {
        std::array::from_fn(|i| &self.quants[(first + i) * self.blocks..][..self.blocks])
    }
}

/// In plain Rust; inlined, so that the caller's instructions are used. The halves stay 0 unless they
/// are wanted.
#[inline(always)]
pub(crate) fn round_block<const HALVES: bool>(x: &[f32; BLOCK]) -> Rounded {
    // Magnitudes are ordered as their bits are, with NaN above all: none gets lost.
    let mut largest = 0;
    for x in x {
        largest = largest.max((x.to_bits() & (u32::MAX >> 1)) as i32);
    }
    let (scale, inverse) = scale_of(largest, 127.0);
    let (mut quants, mut sum) = ([0; BLOCK], 0);
    for (q, x) in quants.iter_mut().zip(x) {
        // The low bits of ROUND are 0, so they hold q, in two's complement.
        *q = (x * inverse + ROUND).to_bits() as i8;
        sum += i32::from(*q);
    }
    let units: [Unit; UNITS] = bytemuck::cast(quants);
    let mut halves = [[0; 2]; UNITS];
    if HALVES {
        for (halves, unit) in halves.iter_mut().zip(units) {
            *halves = [even(unit), even(unit >> 8)];
        }
    }
    Rounded {
        units,
        halves,
        sum,
        scale,
    }
}

/// The scale that makes `limit` of the largest magnitude, whose bits are given, and its inverse.
#[inline(always)]
pub(crate) fn scale_of(largest: i32, limit: f32) -> (f32, f32) {
    let largest = f32::from_bits(largest as u32);
    let scale = largest / limit;
    let inverse = 1.0 / scale;
    match (largest.is_finite(), inverse.is_finite()) {
        (true, true) => (scale, inverse),
        (true, false) => (scale, 0.0),
        (false, _) => (f32::NAN, 0.0),
    }
}

/// Bytes 0 and 2 as 16-bit integers.
#[inline(always)]
fn even(unit: Unit) -> u32 {
    let [low, high] = [(unit << 24) as i32 >> 24, (unit << 8) as i32 >> 24];
    low as u32 & 0xffff | (high as u32) << 16
}
