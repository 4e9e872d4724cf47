//! Which committed tokens a step opens again or overwrites.

mod none;

pub use none::NoRevision;

use super::method::Method;
use super::{Block, Canvas, Commit, RowScope, Splice, Step};

/// Every revise method.
pub const METHODS: &[Method<dyn Revise>] = &[none::METHOD];

/// Looks back at what was committed.
pub trait Revise {
    /// Forwards that revision can add to a run: what bounds the loop. A piece stops revising
    /// when it has opened so many positions.
    fn budget(&self) -> u32;

    /// Rows it needs a record of.
    fn scope(&self) -> RowScope {
        RowScope::Eligible
    }

    /// Positions that it wants a shadow row for in the next forward, ascending.
    fn shadows(&self, _canvas: &Canvas, _block: &Block) -> Vec<u32> {
        Vec::new()
    }

    /// A block to read once more although nothing is open in it; asked when the block is full
    /// (`next` is the block that opens then, or `None` at the end of the run).
    fn post_pass(&mut self, _canvas: &Canvas, _next: Option<&Block>) -> Option<Block> {
        None
    }

    /// Edits of earlier commits; one to the MASK id opens its position. They touch no pin, no
    /// open position and nothing that is `committed` in this step.
    fn revise(&mut self, committed: &[Commit], step: &Step) -> Vec<Commit>;

    /// The canvas has changed its length: what is remembered by position moves.
    fn spliced(&mut self, _splice: &Splice) {}
}

/// Reads [`METHODS`] and the piece's own contract in its tests.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METHODS.len());
    }
}
