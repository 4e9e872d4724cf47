//! Products of integers by the dot product of relaxed SIMD, as a WebAssembly module of its own: an
//! engine without those instructions refuses any module that names one. `build.rs` compiles it, and
//! `src/wasm/relaxed.rs` says how the module of the engine comes to call it.
//!
//! It works on the engine's memory and must not have anything of its own there: no data, no stack.

#![no_std]

#[path = "../src/layout.rs"]
#[allow(dead_code, reason = "shared with the crate")]
mod layout;

use core::arch::wasm32::*;

use layout::{COLUMNS, Rounded, TileBlock, UNITS};

/// As `src/wasm.rs`, to the bit: the second factors of the dot products have at most 7 bits, and so
/// their results are defined on every machine.
///
/// # Safety
/// There are `rows` times `blocks` blocks at `x`, `blocks` at `tile` whose integers are below 128, and
/// [`COLUMNS`] numbers at each of `rows` places that are `stride` numbers apart, from `out` on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn multiply(
    x: *const Rounded,
    rows: usize,
    tile: *const TileBlock,
    blocks: usize,
    zero: i32,
    out: *mut f32,
    stride: usize,
) {
    let mut first = 0;
    while first < rows {
        // SAFETY: as the caller says.
        first += unsafe {
            let (x, out) = (x.add(first * blocks), out.add(first * stride));
            match rows - first {
                1..4 => multiply_rows::<1>(x, tile, blocks, zero, out, stride),
                _ => multiply_rows::<4>(x, tile, blocks, zero, out, stride),
            }
        };
    }
}

/// Vectors of columns that share what is loaded of the rows; more sums would not fit into registers.
const SHARED: usize = 2;

/// The number of rows.
#[inline(always)]
unsafe fn multiply_rows<const ROWS: usize>(
    x: *const Rounded,
    tile: *const TileBlock,
    blocks: usize,
    zero: i32,
    out: *mut f32,
    stride: usize,
) -> usize {
    for first in (0..COLUMNS / 4).step_by(SHARED) {
        let mut sums = [[f32x4_splat(0.0); SHARED]; ROWS];
        for b in 0..blocks {
            // SAFETY: as the caller says.
            let block = unsafe { &*tile.add(b) };
            // SAFETY: as the caller says.
            let row = |r| unsafe { &*x.add(r * blocks + b) };
            let dots: [_; ROWS] = dots(row, block, first, zero);
            let scales: [v128; SHARED] = vectors(&block.scales, first);
            for r in 0..ROWS {
                for c in 0..SHARED {
                    let scale = f32x4_mul(scales[c], f32x4_splat(row(r).scale));
                    let product = f32x4_mul(f32x4_convert_i32x4(dots[r][c]), scale);
                    sums[r][c] = f32x4_add(sums[r][c], product);
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (c, sum) in sums.into_iter().enumerate() {
                // SAFETY: as the caller says.
                unsafe { v128_store(out.add(r * stride).cast::<v128>().add(first + c), sum) };
            }
        }
    }
    ROWS
}

/// Dot products of a block of every row with those of some columns.
#[inline(always)]
fn dots<'a, const ROWS: usize>(
    row: impl Fn(usize) -> &'a Rounded,
    block: &TileBlock,
    first: usize,
    zero: i32,
) -> [[v128; SHARED]; ROWS] {
    let mut dots = core::array::from_fn(|r| [i32x4_splat(-zero * row(r).sum); SHARED]);
    for u in 0..UNITS {
        let weights: [v128; SHARED] = vectors(&block.units[u], first);
        for r in 0..ROWS {
            let x = u32x4_splat(row(r).units[u]);
            for c in 0..SHARED {
                dots[r][c] = i32x4_relaxed_dot_i8x16_i7x16_add(x, weights[c], dots[r][c]);
            }
        }
    }
    dots
}

/// Vectors of `columns` from number `first` on.
#[inline(always)]
fn vectors<T>(columns: &[T; COLUMNS], first: usize) -> [v128; SHARED] {
    // SAFETY: callers count `first` in steps of SHARED, below the number of vectors.
    core::array::from_fn(|c| unsafe { v128_load(columns.as_ptr().cast::<v128>().add(first + c)) })
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unreachable()
}
