//! What the factors of an integer product look like in memory; `relaxed/dots.rs` reads it, too.

/// Columns of a weight that share a scale.
pub const BLOCK: usize = 32;

/// Rows of the weight, columns of the product, that a tile holds.
pub const COLUMNS: usize = 16;

/// Four 8-bit integers, the first in the lowest byte.
pub type Unit = u32;

/// Units of a block.
pub const UNITS: usize = BLOCK / 4;

/// A block of a row of activations.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Rounded {
    /// The integers.
    pub units: [Unit; UNITS],
    /// Of each unit the integers 0 and 2, then 1 and 3, as 16 bits each.
    pub halves: [[u32; 2]; UNITS],
    /// Sum of the integers.
    pub sum: i32,
    /// What they are to be multiplied by.
    pub scale: f32,
}

/// A block of every column of a tile.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct TileBlock {
    /// `[units, columns]` of unsigned bytes
    pub units: [[Unit; COLUMNS]; UNITS],
    /// `[columns]`
    pub scales: [f32; COLUMNS],
}
