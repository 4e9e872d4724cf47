//! Which proposals a step commits.
//!
//! Rules of order, for every member: candidates rank by confidence, highest first; of equals
//! the lower position wins. Whether a threshold itself passes is said by each member.

pub mod budget;
mod even_split;
pub(super) mod p2;
pub(super) mod running_confidence;
pub(super) mod saber;
mod threshold;

pub use even_split::EvenSplit;
pub use p2::PathPlanning;
pub use running_confidence::RunningConfidence;
pub use saber::SaberThreshold;
pub use threshold::Threshold;

use super::method::Method;
use super::{Commit, GATHER, NO_TOKEN, Row, RowScope, Splice, Step};

/// Every select method.
pub const METHODS: &[Method<dyn Select>] = &[
    threshold::METHOD,
    even_split::METHOD,
    saber::METHOD,
    p2::METHOD,
    running_confidence::METHOD,
];

/// Chooses among the eligible rows.
pub trait Select {
    /// Rows it needs a record of, beside the eligible ones.
    fn scope(&self) -> RowScope {
        RowScope::Eligible
    }

    /// Whether it reads [`Row::gathered`], the logits of the ids that [`Select::gather`] names.
    fn gathers(&self) -> bool {
        false
    }

    /// The ids whose logits it wants at `position`; unused entries are [`NO_TOKEN`].
    fn gather(&self, _position: u32) -> [u32; GATHER] {
        [NO_TOKEN; GATHER]
    }

    /// Whether it reads [`Row::kl`].
    fn compares(&self) -> bool {
        false
    }

    /// The commits of this step, by position: part of `candidates` (the eligible rows of
    /// `step.block`, ascending), and at least one where there is any and the block asks for it.
    /// Several blocks may be open in one step, each is decided about in its own call: what is
    /// remembered of a block is kept by its index.
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit>;

    /// The canvas has changed its length: what is remembered by position moves.
    fn spliced(&mut self, _splice: &Splice) {}
}

/// Every candidate as a commit, surest first; of equals the lower position first.
fn ranked(candidates: &[Row]) -> Vec<Commit> {
    let mut commits: Vec<Commit> = candidates.iter().map(Row::commit).collect();
    // A stable sort keeps equals in their ascending order of positions.
    commits.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    commits
}

/// The surest where a block asks for a commit and `commits` is empty; `ranked` is surest first.
fn at_least_one(commits: Vec<Commit>, ranked: &[Commit], step: &Step) -> Vec<Commit> {
    if commits.is_empty() && step.block.must_commit {
        return ranked.iter().take(1).copied().collect();
    }
    commits
}

fn by_position(mut commits: Vec<Commit>) -> Vec<Commit> {
    commits.sort_by_key(|commit| commit.position);
    commits
}

#[cfg(test)]
mod fixtures {
    use super::*;
    use crate::Record;
    use crate::decode::{Block, Canvas, Segment};

    pub const MASK: u32 = 99;

    /// Rows at positions 0, 1, ... that propose token `10 + position` so surely.
    pub fn rows(confidences: &[f32]) -> Vec<Row> {
        let row = |(position, &confidence): (usize, &f32)| {
            let token = 10 + position as u32;
            Row::new(
                position as u32,
                Record {
                    top1: token,
                    samp: token,
                    l1: confidence.ln(),
                    l_samp: confidence.ln(),
                    l2: f32::NEG_INFINITY,
                    ..bytemuck::Zeroable::zeroed()
                },
            )
        };
        confidences.iter().enumerate().map(row).collect()
    }

    /// What `piece` commits of `candidates` in step `number` of one block that is all open.
    pub fn select_at(piece: &mut dyn Select, candidates: &[Row], number: u32) -> Vec<u32> {
        let length = candidates.last().map_or(0, |row| row.position + 1);
        let canvas = Canvas::new(&[], &[Segment::Masked(length)], MASK);
        let step = Step {
            number,
            block: Block::new(0, 0, length),
            canvas: &canvas,
            rows: candidates,
            shadows: &[],
        };
        positions(&piece.select(candidates, &step))
    }

    pub fn positions(commits: &[Commit]) -> Vec<u32> {
        commits.iter().map(|commit| commit.position).collect()
    }
}
