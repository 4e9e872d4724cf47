//! Weights of a few columns of the product, in the order in which instructions take them.

use crate::layout::{BLOCK, COLUMNS, TileBlock, UNITS};
use crate::quad::{Quad, and, load, shift_right_4, transpose, xor};
use crate::widen_halves;

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
#[derive(Default)]
pub struct Tile {
    pub(crate) blocks: Vec<TileBlock>,
    /// What was added to the integers, so that none is negative.
    pub(crate) zero: i32,
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

    /// What is added to the integers of a tile, so that none is negative.
    pub(crate) fn zero(self) -> i32 {
        match self {
            Self::Bytes => 128,
            Self::Nibbles => 8,
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
        let mut tile = Self::default();
        tile.repack(rows);
        tile
    }

    /// The same in place of what the tile held, in its memory.
    ///
    /// # Panics
    /// As [`Tile::pack`].
    pub fn repack(&mut self, rows: &Blocks) {
        self.zero = rows.kind.zero();
        let count = rows.k / BLOCK;
        let empty = TileBlock {
            units: [[0; COLUMNS]; UNITS],
            scales: [0.0; COLUMNS],
        };
        self.blocks.clear();
        self.blocks.resize(count, empty);
        pack_units(rows, &mut self.blocks);
        let (scales, rest) = rows.scales.as_chunks();
        assert!(rest.is_empty() && scales.len() * rows.kind.bytes() == rows.quants.len());
        let mut numbers = [0.0; 64];
        for (c, scales) in scales.chunks_exact(count).enumerate() {
            let parts = scales.chunks(numbers.len());
            for (blocks, scales) in self.blocks.chunks_mut(numbers.len()).zip(parts) {
                let numbers = &mut numbers[..scales.len()];
                widen_halves(scales, numbers);
                for (block, scale) in blocks.iter_mut().zip(numbers) {
                    block.scales[c] = *scale;
                }
            }
        }
    }
}

/// Writes the units of the rows.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the instructions are part of the architecture")]
fn pack_units(rows: &Blocks, blocks: &mut [TileBlock]) {
    // SAFETY: every x86-64 has SSE2.
    unsafe { pack(rows, blocks) }
}

#[cfg(not(target_arch = "x86_64"))]
use pack as pack_units;

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
fn pack(rows: &Blocks, blocks: &mut [TileBlock]) {
    let bytes = rows.kind.bytes();
    let row_bytes = blocks.len() * bytes;
    assert!(
        rows.quants.len().is_multiple_of(row_bytes),
        "whole rows only"
    );
    assert!(
        rows.quants.len() <= row_bytes * COLUMNS,
        "no more rows than columns"
    );
    for (b, block) in blocks.iter_mut().enumerate() {
        let mut quads = [[load([0; 16]); 2]; COLUMNS];
        for (quads, row) in quads.iter_mut().zip(rows.quants.chunks_exact(row_bytes)) {
            *quads = read(rows.kind, &row[b * bytes..][..bytes]);
        }
        for (c, quads) in quads.as_chunks::<4>().0.iter().enumerate() {
            for (half, units) in block.units.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let square = [
                    quads[0][half],
                    quads[1][half],
                    quads[2][half],
                    quads[3][half],
                ];
                for (units, quad) in units.iter_mut().zip(transpose(square)) {
                    units.as_chunks_mut::<4>().0[c] = bytemuck::cast(quad);
                }
            }
        }
    }
}

/// The units of a block.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
#[inline]
fn read(kind: Quants, quants: &[u8]) -> [Quad; 2] {
    let parts = quants.as_chunks().0;
    match kind {
        Quants::Bytes => [
            xor(load(parts[0]), 0x8080_8080),
            xor(load(parts[1]), 0x8080_8080),
        ],
        Quants::Nibbles => {
            let quad = load(parts[0]);
            [
                and(quad, 0x0f0f_0f0f),
                and(shift_right_4(quad), 0x0f0f_0f0f),
            ]
        }
    }
}
