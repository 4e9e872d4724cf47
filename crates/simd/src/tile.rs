//! Weights of a few columns of the product, in the order in which instructions take them.

use crate::quad::{Quad, and, load, shift_right_4, transpose, xor};
use crate::{BLOCK, COLUMNS, UNITS, Unit, widen_halves};

/// How the integers of a block are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quants {
    /// A byte each, signed: q8_0.
    Bytes,
    /// Four bits each, 8 added: q4_0. Byte j holds element j in its low half, j + 16 in its high one.
    Nibbles,
}

/// Rows of a weight in blocks.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'a> {
    /// How `quants` is to be read.
    pub kind: Quants,
    /// `[rows, k]` integers.
    pub quants: &'a [u8],
    /// `[rows, k / 32]` f16, little endian.
    pub scales: &'a [u8],
    /// Columns of the weight, a multiple of 32.
    pub k: usize,
}

/// [`COLUMNS`] rows of a weight.
pub struct Tile {
    pub(crate) blocks: Vec<TileBlock>,
    /// What was added to the integers, so that none is negative.
    pub(crate) zero: i32,
}

/// A block of every column.
#[derive(Clone, Copy)]
pub(crate) struct TileBlock {
    /// `[units, columns]` of unsigned bytes
    pub units: [[Unit; COLUMNS]; UNITS],
    /// `[columns]`
    pub scales: [f32; COLUMNS],
}

impl Quants {
    /// Bytes of a block.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Bytes => BLOCK,
            Self::Nibbles => BLOCK / 2,
        }
    }
}

impl Tile {
    /// Of at most [`COLUMNS`] rows; missing ones are zeros.
    ///
    /// # Panics
    /// When there are more rows, or parts of rows.
    #[must_use]
    pub fn pack(rows: &Blocks) -> Self {
        let (zero, mut blocks) = match rows.kind {
            Quants::Bytes => (128, pack(rows.quants, rows.k, bytes)),
            Quants::Nibbles => (8, pack(rows.quants, rows.k, nibbles)),
        };
        let count = rows.k / BLOCK;
        let (scales, rest) = rows.scales.as_chunks();
        assert!(rest.is_empty() && scales.len() * rows.kind.bytes() == rows.quants.len());
        let mut numbers = vec![0.0; scales.len()];
        widen_halves(scales, &mut numbers);
        for (c, scales) in numbers.chunks_exact(count).enumerate() {
            for (block, scale) in blocks.iter_mut().zip(scales) {
                block.scales[c] = *scale;
            }
        }
        Self { blocks, zero }
    }
}

/// The units of rows, blocks of which are read by `read`.
#[inline(always)]
fn pack<const BYTES: usize>(
    quants: &[u8],
    k: usize,
    read: impl Fn(&[u8; BYTES]) -> [Quad; 2],
) -> Vec<TileBlock> {
    let count = k / BLOCK;
    let (quants, rest) = quants.as_chunks::<BYTES>();
    assert!(
        rest.is_empty() && quants.len().is_multiple_of(count),
        "whole rows only"
    );
    assert!(quants.len() <= count * COLUMNS, "no more rows than columns");
    let empty = TileBlock {
        units: [[0; COLUMNS]; UNITS],
        scales: [0.0; COLUMNS],
    };
    let mut blocks = vec![empty; count];
    for (b, block) in blocks.iter_mut().enumerate() {
        let mut rows = [[load([0; 16]); 2]; COLUMNS];
        for (units, quants) in rows.iter_mut().zip(quants.iter().skip(b).step_by(count)) {
            *units = read(quants);
        }
        for (c, rows) in rows.as_chunks::<4>().0.iter().enumerate() {
            for (half, units) in block.units.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let square = [rows[0][half], rows[1][half], rows[2][half], rows[3][half]];
                for (units, quad) in units.iter_mut().zip(transpose(square)) {
                    units.as_chunks_mut::<4>().0[c] = bytemuck::cast(quad);
                }
            }
        }
    }
    blocks
}

#[inline(always)]
fn bytes(quants: &[u8; BLOCK]) -> [Quad; 2] {
    let halves: [[u8; 16]; 2] = bytemuck::cast(*quants);
    halves.map(|half| xor(load(half), 0x8080_8080))
}

#[inline(always)]
fn nibbles(quants: &[u8; BLOCK / 2]) -> [Quad; 2] {
    let quad = load(*quants);
    [quad, shift_right_4(quad)].map(|quad| and(quad, 0x0f0f_0f0f))
}
