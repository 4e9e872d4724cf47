//! Integer products with the 128-bit registers of WebAssembly.

pub mod relaxed;

use std::arch::wasm32::*;

use crate::activations::scale_of;
use crate::layout::{BLOCK, COLUMNS, Rounded, TileBlock, UNITS, Unit};
use crate::{Activations, Tile};

/// As [`crate::Instructions::round`].
pub fn round(x: &[f32], k: usize) -> Activations {
    Activations::by(x, k, round_block)
}

fn round_block(x: &[f32; BLOCK]) -> Rounded {
    let x: [v128; UNITS] = bytemuck::cast(*x);
    let mut largest = i32x4_splat(0);
    for x in x {
        largest = i32x4_max(largest, v128_and(x, i32x4_splat(i32::MAX)));
    }
    let largest: [i32; 4] = bytemuck::cast(largest);
    let (scale, inverse) = scale_of(largest.into_iter().fold(0, i32::max), 127.0);
    let (mut quants, mut sum) = ([i32x4_splat(0); UNITS], i32x4_splat(0));
    for (q, x) in quants.iter_mut().zip(x) {
        let nearest = f32x4_nearest(f32x4_mul(x, f32x4_splat(inverse)));
        *q = i32x4_trunc_sat_f32x4(nearest);
        sum = i32x4_add(sum, *q);
    }
    let mut bytes = [i8x16_splat(0); 2];
    for (bytes, q) in bytes.iter_mut().zip(quants.as_chunks::<4>().0) {
        let halves = [
            i16x8_narrow_i32x4(q[0], q[1]),
            i16x8_narrow_i32x4(q[2], q[3]),
        ];
        *bytes = i8x16_narrow_i16x8(halves[0], halves[1]);
    }
    let mut halves = [[0; 2]; UNITS];
    for (halves, bytes) in halves.as_chunks_mut::<4>().0.iter_mut().zip(bytes) {
        let even = i16x8_shr(i16x8_shl(bytes, 8), 8);
        let odd = i16x8_shr(bytes, 8);
        *halves = bytemuck::cast([
            i32x4_shuffle::<0, 4, 1, 5>(even, odd),
            i32x4_shuffle::<2, 6, 3, 7>(even, odd),
        ]);
    }
    let sum: [i32; 4] = bytemuck::cast(sum);
    Rounded {
        units: bytemuck::cast(bytes),
        halves,
        sum: sum.into_iter().sum(),
        scale,
    }
}

/// As [`crate::Instructions::multiply`].
pub fn multiply(x: &Activations, tile: &Tile, out: &mut [f32], stride: usize) {
    multiply_blocks(x.all(), (&tile.blocks, tile.zero), out, stride);
}

/// The same of blocks: rows of as many as there are in the tile, which `zero` was added to.
fn multiply_blocks(
    x: &[Rounded],
    (tile, zero): (&[TileBlock], i32),
    out: &mut [f32],
    stride: usize,
) {
    let rows = x.len() / tile.len();
    let mut first = 0;
    while first < rows {
        let (x, out) = (&x[first * tile.len()..], &mut out[first * stride..]);
        first += match rows - first {
            1..4 => multiply_rows::<1>(x, (tile, zero), out, stride),
            _ => multiply_rows::<4>(x, (tile, zero), out, stride),
        };
    }
}

/// The number of rows.
fn multiply_rows<const ROWS: usize>(
    x: &[Rounded],
    (tile, zero): (&[TileBlock], i32),
    out: &mut [f32],
    stride: usize,
) -> usize {
    let rows: [&[Rounded]; ROWS] = std::array::from_fn(|r| &x[r * tile.len()..][..tile.len()]);
    // Eight columns at a time: more sums would not fit into registers.
    for half in 0..2 {
        let mut sums = [[f32x4_splat(0.0); 2]; ROWS];
        for (b, block) in tile.iter().enumerate() {
            let rows = rows.map(|row| &row[b]);
            let dots = dots(rows, &block.units, half, zero);
            let scales: [v128; 2] = bytemuck::cast(block.scales.as_chunks::<8>().0[half]);
            for r in 0..ROWS {
                for c in 0..2 {
                    let scale = f32x4_mul(scales[c], f32x4_splat(rows[r].scale));
                    let product = f32x4_mul(f32x4_convert_i32x4(dots[r][c]), scale);
                    sums[r][c] = f32x4_add(sums[r][c], product);
                }
            }
        }
        for (sums, out) in sums.into_iter().zip(out.chunks_mut(stride)) {
            let sums: [f32; COLUMNS / 2] = bytemuck::cast(sums);
            out.as_chunks_mut::<{ COLUMNS / 2 }>().0[half] = sums;
        }
    }
    ROWS
}

/// Dot products of a block of every row with those of eight columns.
#[inline(always)]
fn dots<const ROWS: usize>(
    rows: [&Rounded; ROWS],
    units: &[[Unit; COLUMNS]; UNITS],
    half: usize,
    zero: i32,
) -> [[v128; 2]; ROWS] {
    let mut dots = rows.map(|row| [i32x4_splat(-zero * row.sum); 2]);
    for (u, units) in units.iter().enumerate() {
        let weights: [v128; 2] = bytemuck::cast(units.as_chunks::<8>().0[half]);
        let even = weights.map(low_bytes);
        let odd = weights.map(|weights| u16x8_shr(weights, 8));
        for r in 0..ROWS {
            for (x, weights) in rows[r].halves[u].into_iter().zip([even, odd]) {
                let x = u32x4_splat(x);
                for c in 0..2 {
                    dots[r][c] = i32x4_add(dots[r][c], i32x4_dot_i16x8(weights[c], x));
                }
            }
        }
    }
    dots
}

/// Of each 16 bits the lower eight.
#[inline(always)]
fn low_bytes(pairs: v128) -> v128 {
    v128_and(pairs, u16x8_splat(0xff))
}
