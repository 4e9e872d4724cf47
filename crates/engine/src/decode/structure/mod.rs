//! Which positions are open for commits: blocks, windows, length.

mod fixed_blocks;

use std::ops::Range;

pub use fixed_blocks::FixedBlocks;

use super::{Canvas, Row};

/// The window that is being denoised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Counted from 0.
    pub index: u32,
    /// First absolute position.
    pub start: u32,
    /// One behind the last position.
    pub end: u32,
}

impl Block {
    /// Its positions.
    #[must_use]
    pub fn range(&self) -> Range<u32> {
        self.start..self.end
    }
}

/// Opens and closes blocks, and changes the length of the canvas.
pub trait Structure {
    /// The block to denoise next; `None` once nothing is open.
    fn open(&mut self, canvas: &Canvas) -> Option<Block>;

    /// Positions that may be committed while `block` is open, ascending; all masked, never empty.
    fn eligible(&self, canvas: &Canvas, block: &Block) -> Vec<u32> {
        canvas.masked_in(block.range()).collect()
    }

    /// Lengthens or shortens the canvas after a step; returns the positions it added.
    fn after_apply(&mut self, canvas: &mut Canvas, rows: &[Row]) -> Vec<u32>;
}
