//! The arithmetic of integer products in plain Rust: what every instruction set must equal to the bit.

use crate::layout::{Rounded, TileBlock};
use crate::{Activations, COLUMNS, Tile};

/// As [`crate::Instructions::multiply`].
pub fn multiply(x: &Activations, tile: &Tile, out: &mut [f32], stride: usize) {
    for (r, out) in out.chunks_mut(stride).take(x.rows()).enumerate() {
        let [row] = x.rows_from(r);
        let mut sums = [0.0; COLUMNS];
        for (block, x) in tile.blocks.iter().zip(row) {
            for ((sum, dot), scale) in sums
                .iter_mut()
                .zip(dots(block, x, tile.zero))
                .zip(block.scales)
            {
                *sum += dot as f32 * (scale * x.scale);
            }
        }
        out[..COLUMNS].copy_from_slice(&sums);
    }
}

fn dots(block: &TileBlock, x: &Rounded, zero: i32) -> [i32; COLUMNS] {
    let mut dots = [-zero * x.sum; COLUMNS];
    for (weights, x) in block.units.iter().zip(x.units) {
        for (dot, weights) in dots.iter_mut().zip(weights) {
            let pairs = weights.to_le_bytes().into_iter().zip(x.to_le_bytes());
            *dot += pairs
                .map(|(w, x)| i32::from(w) * i32::from(x as i8))
                .sum::<i32>();
        }
    }
    dots
}
