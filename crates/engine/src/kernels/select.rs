//! What a step commits, decided where the records are.

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;
use crate::{Record, order};

/// Rows that one call can decide about.
pub const MOST_ROWS: usize = 1024;

/// Words that the log has for each row and step: its record, and whether it was taken.
pub const STEP_WORDS: usize = Record::BYTES / 4 + 1;

/// Uniform of `shaders/select.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Which step of the submission, counted from 0.
    pub step: u32,
    /// Where the stop ids begin in `special`.
    pub first_stop: u32,
    /// Their number.
    pub stops: u32,
}

/// The first words of a decision; a [`Limit`] for each step follows.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct DecisionHeader {
    /// Rows to decide about, at most [`MOST_ROWS`].
    pub rows: u32,
    /// 1: low entropy goes first; 0: high probability of the sample.
    pub by_entropy: u32,
    /// Bound of the sum of the entropies of what is taken without the largest of them, nats; finite.
    pub gamma: f32,
    /// Stop tokens from this position on end the text.
    pub text_start: u32,
}

impl DecisionHeader {
    /// Words of a decision about so many steps.
    #[must_use]
    pub fn words(steps: usize) -> usize {
        (size_of::<Self>() + steps * size_of::<Limit>()) / 4
    }
}

/// How much one step takes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Limit {
    /// So many of the best whatever they say.
    pub least: u32,
    /// No more than so many.
    pub most: u32,
    /// [`crate::random::step_key`] of the step after it.
    pub next_key: u32,
}

/// One row to decide about.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Candidate {
    /// The position that its record is about; ascending from row to row.
    pub position: u32,
    /// Row of the forward that holds the position.
    pub target_row: u32,
    /// [`order_key`] of the score that the candidate of this *rank* must reach, beyond the least
    /// number; those behind one that fails are not taken either.
    pub bar: u32,
}

/// The first words of the log; before the first step, what is so already.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Status {
    /// Rows that are still open.
    pub masks_left: u32,
    /// 1: nothing is left to do, and steps take nothing.
    pub stopped: u32,
    /// Steps that were decided.
    pub steps: u32,
    /// Position of the first stop token; [`super::head_stats::NO_TOKEN`] for none.
    pub first_stop: u32,
}

impl Status {
    /// Words of a log of so many steps over so many rows.
    #[must_use]
    pub fn words(steps: usize, rows: usize) -> usize {
        size_of::<Self>() / 4 + steps * rows * STEP_WORDS
    }
}

/// A number that compares as the float does, -0 below +0 ([`f32::total_cmp`]).
#[must_use]
pub fn order_key(value: f32) -> u32 {
    order::float_key(value)
}

/// Writes the samples of the rows that the decision lets pass into `ids`, and logs them.
///
/// Open rows rank by their score, of equals the lower row first. A row that is not open, or that a
/// step took, has its token as [`super::head_stats::RecordRow::current`].
#[derive(Clone, Debug)]
pub struct Select {
    /// Uniform.
    pub params: Params,
    /// `[rows]` of [`Record`]
    pub records: BufferId,
    /// A [`DecisionHeader`] and a [`Limit`] for each step
    pub decision: BufferId,
    /// `[rows]` of [`Candidate`]
    pub candidates: BufferId,
    /// Its stop ids are those of the head, u32
    pub special: BufferId,
    /// `[rows]` of [`super::head_stats::RecordRow`]: made those of the next step
    pub record_rows: BufferId,
    /// `[rows of the forward]` u32
    pub ids: BufferId,
    /// A [`Status`], then `[steps, rows, STEP_WORDS]`
    pub log: BufferId,
}

impl Kernel for Select {
    fn name(&self) -> &'static str {
        "select"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        Vec::new()
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![
            self.records,
            self.decision,
            self.candidates,
            self.special,
            self.record_rows,
            self.ids,
            self.log,
        ]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [1, 1, 1]
    }
}
