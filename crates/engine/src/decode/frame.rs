//! What one step changed.

use serde::Serialize;

use super::{Row, Splice};

/// A token written to a position.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Commit {
    /// Absolute position: the prompt counts.
    pub position: u32,
    /// The token.
    pub id: u32,
    /// Probability of the token under the run's convention, 0..=1.
    pub confidence: f32,
}

/// One step of the loop: one forward, or two with one that verifies a draft, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Number of this step, counted from 0.
    pub step: u32,
    /// Number of the block that was open, counted from 0.
    pub block: u32,
    /// Forwards so far, those of this step included.
    pub forwards: u32,
    /// Rows of the network that this step forwarded.
    pub rows: u32,
    /// Proposals that were accepted, by position.
    pub committed: Vec<Commit>,
    /// Earlier commits that were overwritten, or opened again where the id is MASK.
    pub revised: Vec<Commit>,
    /// Changes of the canvas's length, after the commits and revisions and in this order; the
    /// positions above are those of before.
    pub spliced: Vec<Splice>,
    /// Padding written behind the end of the text when the run stopped there, by position as it
    /// is after the changes of length. Not proposals, so tokens per forward do not count them;
    /// their confidence is 1.
    pub filled: Vec<Commit>,
    /// Open positions that remain.
    pub masks_left: u32,
    /// Whether this is the last frame.
    pub finished: bool,
    /// Every record of the step.
    pub records: Vec<Row>,
}
