//! Which positions are open for commits: blocks, windows, length.

mod fixed_blocks;

use std::ops::Range;

pub use fixed_blocks::FixedBlocks;

use super::method::Method;
use super::{Canvas, Commit, RowScope, Splice, Step};

/// Every structure method.
pub const METHODS: &[Method<dyn Structure>] = &[fixed_blocks::METHOD];

/// The window that is being denoised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Counted from 0.
    pub index: u32,
    /// First absolute position.
    pub start: u32,
    /// One behind the last position.
    pub end: u32,
    /// Whether a step must commit something in it where something is eligible.
    pub must_commit: bool,
}

impl Block {
    /// Block `index`, positions `start..end`, in which every step commits something.
    #[must_use]
    pub fn new(index: u32, start: u32, end: u32) -> Self {
        Self {
            index,
            start,
            end,
            must_commit: true,
        }
    }

    /// Its positions.
    #[must_use]
    pub fn range(&self) -> Range<u32> {
        self.start..self.end
    }
}

/// Opens and closes blocks, and changes the length of the canvas.
pub trait Structure {
    /// The stretch that the next forward is for; `None` once nothing is open. Asking twice without
    /// a step between changes nothing.
    fn open(&mut self, canvas: &Canvas) -> Option<Block>;

    /// Rows it needs a record of.
    fn scope(&self) -> RowScope {
        RowScope::Eligible
    }

    /// The blocks to decide about, now that the records of `step` are in (`step.block` is the
    /// stretch that was opened): that stretch, a part of it, several blocks, or none where the
    /// step only measures. Blocks do not overlap and ascend.
    fn settle(&mut self, step: &Step) -> Vec<Block> {
        vec![step.block]
    }

    /// Positions that may be committed in `block`, ascending; all masked.
    fn eligible(&self, canvas: &Canvas, block: &Block) -> Vec<u32> {
        canvas.masked_in(block.range()).collect()
    }

    /// Forwards that may pass without a commit: part of what bounds the loop.
    fn budget(&self) -> u32 {
        0
    }

    /// Lengthens or shortens the canvas after a step: `canvas` is as the step left it, `committed`
    /// is what it wrote. Every splice counts on the ones before it.
    fn after_apply(
        &mut self,
        _canvas: &Canvas,
        _committed: &[Commit],
        _step: &Step,
    ) -> Vec<Splice> {
        Vec::new()
    }
}
