//! Integer products by the dot product of relaxed SIMD, where the engine has it.
//!
//! A WebAssembly module cannot ask what its engine is capable of: one that names an unknown
//! instruction is refused as a whole. So the loop is a module of its own ([`MODULE`], from
//! `relaxed/dots.rs`) that imports this one's memory. Whoever can make instances makes one, puts its
//! function `multiply` into the place [`slot`] of this module's table of functions, and says so
//! ([`put`]). Each thread has a table of its own; where one was left as it was, the function that
//! stands there gives the same bits.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use super::multiply_blocks;
use crate::layout::{COLUMNS, Rounded, TileBlock};
use crate::{Activations, Quants, Tile};

/// The module; its function is [`Multiply`].
pub const MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/dots.wasm"));

/// The blocks of the activations and the number of rows; the blocks of a tile and their number; what
/// was added to its integers; the products and how far their rows are apart.
type Multiply =
    unsafe extern "C" fn(*const Rounded, usize, *const TileBlock, usize, i32, *mut f32, usize);

static IS_PUT: AtomicBool = AtomicBool::new(false);

/// The place in the table of functions.
#[must_use]
pub fn slot() -> u32 {
    fixed as Multiply as usize as u32
}

/// The function of [`MODULE`] is in its place.
pub fn put() {
    IS_PUT.store(true, Ordering::Relaxed);
}

/// Whether it is.
#[must_use]
pub fn is_put() -> bool {
    IS_PUT.load(Ordering::Relaxed)
}

/// As [`crate::Instructions::multiply`].
pub(crate) fn multiply(x: &Activations, tile: &Tile, out: &mut [f32], stride: usize) {
    // The instruction takes integers of 7 bits, which those of nibbles are.
    if tile.zero != Quants::Nibbles.zero() {
        return super::multiply(x, tile, out, stride);
    }
    // What stands in the table is not known to the compiler.
    let function = black_box(fixed as Multiply);
    let (blocks, rows) = (tile.blocks.len(), x.rows());
    let (x, tile, zero) = (x.all().as_ptr(), tile.blocks.as_ptr(), tile.zero);
    #[expect(unsafe_code, reason = "functions in the table take addresses")]
    // SAFETY: the caller has seen to it that the inner sizes agree and that `out` is long enough.
    unsafe {
        function(x, rows, tile, blocks, zero, out.as_mut_ptr(), stride);
    }
}

/// Stands in the table until [`MODULE`]'s function does.
///
/// # Safety
/// As `multiply` in `relaxed/dots.rs`.
#[expect(unsafe_code, reason = "it has the type of the other")]
unsafe extern "C" fn fixed(
    x: *const Rounded,
    rows: usize,
    tile: *const TileBlock,
    blocks: usize,
    zero: i32,
    out: *mut f32,
    stride: usize,
) {
    // SAFETY: as the caller says.
    let (x, tile, out) = unsafe {
        (
            std::slice::from_raw_parts(x, rows * blocks),
            std::slice::from_raw_parts(tile, blocks),
            std::slice::from_raw_parts_mut(out, rows.saturating_sub(1) * stride + COLUMNS),
        )
    };
    multiply_blocks(x, (tile, zero), out, stride);
}
