//! When a run stops before every position has been proposed.

mod eos;
mod full;

pub use eos::Eos;
pub use full::Full;

use super::{Canvas, Row};

/// What an exit piece decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Continue,
    /// The text ends with the token at this position: what follows becomes padding.
    EndAt(u32),
}

/// Tests for the end after each step.
pub trait Exit {
    /// `canvas` is as the step left it, `rows` is every record of the step.
    fn test(&mut self, rows: &[Row], canvas: &Canvas) -> Verdict;
}
