//! Which committed tokens a step opens again or overwrites.

mod none;

pub use none::NoRevision;

use super::{Canvas, Commit, Row};

/// Looks back at what was committed.
pub trait Revise {
    /// Forwards that revision can add to a run: what bounds the loop. A piece stops revising
    /// when it has opened so many positions.
    fn budget(&self) -> u32;

    /// Edits of earlier commits; one to the MASK id opens its position. They touch no pin, no
    /// open position and nothing that is `committed` in this step. `canvas` is as it was before
    /// the step, `rows` is every record of it.
    fn revise(&mut self, rows: &[Row], committed: &[Commit], canvas: &Canvas) -> Vec<Commit>;
}
