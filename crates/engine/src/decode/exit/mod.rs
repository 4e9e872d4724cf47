//! When a run stops before every position has been proposed.

mod eos;
mod full;

pub use eos::Eos;
pub use full::Full;

use super::method::Method;
use super::{Canvas, RowScope, Splice, Step};

/// Every exit method.
pub const METHODS: &[Method<dyn Exit>] = &[eos::METHOD, full::METHOD];

/// What an exit piece decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Continue,
    /// The text ends with the token at this position: what follows becomes padding.
    EndAt(u32),
    /// Every position that is still open and has a record takes its proposal, from this step's
    /// records.
    FillAll,
}

/// Tests for the end after each step.
pub trait Exit {
    /// Rows it needs a record of.
    fn scope(&self) -> RowScope {
        RowScope::Eligible
    }

    /// `canvas` is as the step left it; `step` is what its pieces saw. After a change of length,
    /// the records of `step` are those of before: test [`Canvas::len`] where that matters.
    fn test(&mut self, step: &Step, canvas: &Canvas) -> Verdict;

    /// The canvas has changed its length: what is remembered by position moves.
    fn spliced(&mut self, _splice: &Splice) {}
}
