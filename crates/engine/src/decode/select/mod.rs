//! Which proposals a step commits.
//!
//! Rules of order, for every member: candidates rank by confidence, highest first; of equals
//! the lower position wins. Whether a threshold itself passes is said by each member.

mod even_split;
mod threshold;

pub use even_split::EvenSplit;
pub use threshold::Threshold;

use super::{Block, Canvas, Commit, Row};

/// Chooses among the eligible rows.
pub trait Select {
    /// The commits of this step, by position: part of `candidates` (ascending positions), and
    /// at least one where there is any. A new `block.index` means that another block has opened.
    fn select(&mut self, candidates: &[Row], block: &Block, canvas: &Canvas) -> Vec<Commit>;
}

/// Every candidate as a commit, surest first; of equals the lower position first.
fn ranked(candidates: &[Row]) -> Vec<Commit> {
    let mut commits: Vec<Commit> = candidates.iter().map(Row::commit).collect();
    // A stable sort keeps equals in their ascending order of positions.
    commits.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    commits
}

fn by_position(mut commits: Vec<Commit>) -> Vec<Commit> {
    commits.sort_by_key(|commit| commit.position);
    commits
}

#[cfg(test)]
mod fixtures {
    use bytemuck::Zeroable;

    use super::*;
    use crate::Record;
    use crate::decode::Segment;

    pub const MASK: u32 = 99;

    /// Rows at positions 0, 1, ... that propose token `10 + position` so surely.
    pub fn rows(confidences: &[f32]) -> Vec<Row> {
        let row = |(position, &confidence): (usize, &f32)| Row {
            position: position as u32,
            record: Record {
                samp: 10 + position as u32,
                l_samp: confidence.ln(),
                ..Record::zeroed()
            },
        };
        confidences.iter().enumerate().map(row).collect()
    }

    /// A block of `masks` open positions and its canvas.
    pub fn open(masks: u32) -> (Block, Canvas) {
        let block = Block {
            index: 0,
            start: 0,
            end: masks,
        };
        let canvas = Canvas::new(&[], &[Segment::Masked(masks)], MASK);
        (block, canvas)
    }

    pub fn positions(commits: &[Commit]) -> Vec<u32> {
        commits.iter().map(|commit| commit.position).collect()
    }
}
