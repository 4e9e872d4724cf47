//! Integer products with the 128-bit registers of WebAssembly.
//!
//! Its dot product of bytes is part of relaxed SIMD. A module that names one such instruction does
//! not load where the engine lacks them, so they would need a module of their own.

use std::arch::wasm32::*;

use crate::activations::{Rounded, scale_of};
use crate::{Activations, BLOCK, COLUMNS, Tile, UNITS};

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
    let mut first = 0;
    while first < x.rows() {
        let out = &mut out[first * stride..];
        first += match x.rows() - first {
            1..4 => multiply_rows::<1>(x.rows_from(first), tile, out, stride),
            _ => multiply_rows::<4>(x.rows_from(first), tile, out, stride),
        };
    }
}

/// The number of rows.
fn multiply_rows<const ROWS: usize>(
    rows: [&[Rounded]; ROWS],
    tile: &Tile,
    out: &mut [f32],
    stride: usize,
) -> usize {
    let mut sums = [[f32x4_splat(0.0); COLUMNS / 4]; ROWS];
    let rows = rows.map(|row| &row[..tile.blocks.len()]);
    for (b, block) in tile.blocks.iter().enumerate() {
        let scales: [v128; COLUMNS / 4] = bytemuck::cast(block.scales);
        let rows = rows.map(|row| &row[b]);
        // Eight columns at a time: more sums would not fit into registers.
        for half in 0..2 {
            let mut weights = [[i8x16_splat(0); 2]; UNITS];
            for (weights, units) in weights.iter_mut().zip(&block.units) {
                *weights = bytemuck::cast(units.as_chunks::<8>().0[half]);
            }
            let dots = dots(rows, &weights, tile.zero);
            for ((sums, dots), row) in sums.iter_mut().zip(dots).zip(rows) {
                let columns = 2 * half..2 * half + 2;
                let parts = sums[columns.clone()].iter_mut().zip(&scales[columns]);
                for ((sum, scale), dot) in parts.zip(dots) {
                    let scale = f32x4_mul(*scale, f32x4_splat(row.scale));
                    *sum = f32x4_add(*sum, f32x4_mul(f32x4_convert_i32x4(dot), scale));
                }
            }
        }
    }
    for (sums, out) in sums.into_iter().zip(out.chunks_mut(stride)) {
        let sums: [f32; COLUMNS] = bytemuck::cast(sums);
        out[..COLUMNS].copy_from_slice(&sums);
    }
    ROWS
}

/// Dot products of a block of every row with those of eight columns.
#[inline(always)]
fn dots<const ROWS: usize>(
    rows: [&Rounded; ROWS],
    weights: &[[v128; 2]; UNITS],
    zero: i32,
) -> [[v128; 2]; ROWS] {
    let mut dots = [[i32x4_splat(0); 2]; ROWS];
    for (dots, row) in dots.iter_mut().zip(rows) {
        *dots = [i32x4_splat(-zero * row.sum); 2];
    }
    for (u, weights) in weights.iter().enumerate() {
        let even = [low_bytes(weights[0]), low_bytes(weights[1])];
        let odd = [u16x8_shr(weights[0], 8), u16x8_shr(weights[1], 8)];
        for (dots, row) in dots.iter_mut().zip(rows) {
            for (x, weights) in row.halves[u].into_iter().zip([even, odd]) {
                let x = u32x4_splat(x);
                for (dot, weights) in dots.iter_mut().zip(weights) {
                    *dot = i32x4_add(*dot, i32x4_dot_i16x8(weights, x));
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
