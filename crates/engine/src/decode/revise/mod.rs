//! Which committed tokens a step opens again or overwrites.

mod edit;
mod none;
mod p2;
mod remdm;
mod reread;
mod running_confidence;
mod saber;
mod token_to_mask;
mod wino;

pub use edit::Edit;
pub use none::NoRevision;
pub use p2::PathPlanning;
pub use remdm::{Remdm, Schedule};
pub use running_confidence::RunningConfidence;
pub use saber::Saber;
pub use token_to_mask::{TokenToMask, Trigger};
pub use wino::Wino;

use super::method::{Method, shipped};
use super::{Block, Canvas, Commit, Row, RowScope, Splice, Step};
use crate::order;

/// Every revise method.
pub const METHODS: &[Method<dyn Revise>] = &shipped([
    none::METHOD,
    wino::METHOD,
    saber::METHOD,
    remdm::METHOD,
    p2::METHOD,
    edit::METHOD,
    token_to_mask::METHOD,
    running_confidence::METHOD,
]);

/// Looks back at what was committed.
pub trait Revise {
    /// Forwards that revision can add to a run: what bounds the loop. A piece stops revising
    /// when it has opened so many positions.
    fn budget(&self) -> u32;

    /// Whether it ever revises anything.
    fn revises(&self) -> bool {
        true
    }

    /// Rows it needs a record of.
    fn scope(&self) -> RowScope {
        RowScope::Eligible
    }

    /// Positions that it wants a shadow row for in the next forward, ascending.
    fn shadows(&self, _canvas: &Canvas, _block: &Block) -> Vec<u32> {
        Vec::new()
    }

    /// A block to read once more although nothing is open in it; asked when the block is full
    /// (`next` is the block that opens then, or `None` at the end of the run). Whether the text
    /// has ended is asked when this wants nothing more.
    fn post_pass(&mut self, _canvas: &Canvas, _next: Option<&Block>) -> Option<Block> {
        None
    }

    /// Edits of earlier commits; one to the MASK id opens its position. They touch no pin, no
    /// open position and nothing that is `committed` in this step.
    fn revise(&mut self, committed: &[Commit], step: &Step) -> Vec<Commit>;

    /// The canvas has changed its length: what is remembered by position moves.
    fn spliced(&mut self, _splice: &Splice) {}
}

/// The positions of `block` that may be revised: written, not given.
fn written<'a>(canvas: &'a Canvas, block: &Block) -> impl Iterator<Item = u32> + 'a {
    let touchable = |&position: &u32| !canvas.is_pinned(position) && !canvas.is_masked(position);
    block.range().filter(touchable)
}

/// The `count` positions with the lowest scores, of equals the lower position.
fn weakest(mut scored: Vec<(u32, f32)>, count: usize) -> Vec<u32> {
    order::sort(&mut scored, |a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    scored.truncate(count);
    scored.into_iter().map(|(position, _)| position).collect()
}

/// The written positions of the step's block that are no `survivors`, always fewer than are
/// committed: the weakest, of equals the higher position, as the lower one ranks before it.
fn displaced(
    survivors: &[u32],
    score: impl Fn(u32) -> Option<f32>,
    committed: &[Commit],
    step: &Step,
) -> Vec<u32> {
    let out = written(step.canvas, &step.block).filter(|position| !survivors.contains(position));
    let scored = out.filter_map(|position| Some((position, score(position)?)));
    let ranked = super::pace::rank(scored.collect());
    let most = committed.len().saturating_sub(1);
    ranked
        .iter()
        .rev()
        .take(most)
        .map(|&(position, _)| position)
        .collect()
}

/// The edits that open `positions`, ascending.
fn reopen(mut positions: Vec<u32>, canvas: &Canvas) -> Vec<Commit> {
    positions.sort_unstable();
    let open = |position| Commit {
        position,
        id: canvas.mask_id(),
        confidence: 0.0,
    };
    positions.into_iter().map(open).collect()
}

#[cfg(test)]
mod fixtures {
    use super::*;
    use crate::Record;
    use crate::decode::Segment;

    pub const MASK: u32 = 9;
    /// What written positions hold.
    pub const TOKEN: u32 = 100;

    /// A block of written positions followed by open ones.
    pub struct Scene {
        pub canvas: Canvas,
        /// One for each position.
        pub rows: Vec<Row>,
    }

    impl Scene {
        /// `written` with confidence 0.5, then `open`; every row proposes with certainty.
        pub fn new(written: u32, open: u32) -> Self {
            let canvas = Canvas::new(&[], &[Segment::Masked(written + open)], MASK);
            let rows = (0..written + open).map(|position| row(position, 1.0, false));
            let scene = Self {
                rows: rows.collect(),
                canvas,
            };
            scene.written_with(&vec![0.5; written as usize])
        }

        /// Three given positions, contradicted with certainty.
        pub fn pinned() -> Self {
            let canvas = Canvas::new(&[TOKEN; 3], &[Segment::Masked(9)], MASK);
            let rows = (0..12).map(|position| row(position, 1.0, false));
            Self {
                rows: rows.collect(),
                canvas,
            }
        }

        /// The first positions were written with these confidences.
        pub fn written_with(mut self, confidences: &[f32]) -> Self {
            let write = |(position, &confidence): (usize, &f32)| Commit {
                position: position as u32,
                id: TOKEN,
                confidence,
            };
            let writes: Vec<Commit> = confidences.iter().enumerate().map(write).collect();
            self.canvas.apply(&writes, 0);
            self
        }

        /// The first rows propose another token, so surely.
        pub fn proposed(mut self, confidences: &[f32]) -> Self {
            for (row_at, &confidence) in self.rows.iter_mut().zip(confidences) {
                *row_at = row(row_at.position, confidence, false);
            }
            self
        }

        /// The first rows propose the token that is there, with this probability.
        pub fn current(mut self, probabilities: &[f32]) -> Self {
            for (row_at, &probability) in self.rows.iter_mut().zip(probabilities) {
                *row_at = row(row_at.position, probability, true);
            }
            self
        }

        pub fn step(&self) -> Step<'_> {
            Step {
                number: 1,
                block: Block::new(0, 0, self.canvas.len()),
                canvas: &self.canvas,
                rows: &self.rows,
                shadows: &[],
                branches: &[],
                verified: &[],
            }
        }
    }

    fn row(position: u32, confidence: f32, current: bool) -> Row {
        let token = if current { TOKEN } else { TOKEN + 1 + position };
        let record = Record {
            top1: token,
            samp: token,
            l1: confidence.ln(),
            l_samp: confidence.ln(),
            l2: f32::NEG_INFINITY,
            l_cur: if current {
                confidence.ln()
            } else {
                f32::NEG_INFINITY
            },
            ..bytemuck::Zeroable::zeroed()
        };
        Row::new(position, record)
    }

    /// `count` commits from position `first` on.
    pub fn committed(first: u32, count: u32) -> Vec<Commit> {
        let commit = |position| Commit {
            position,
            id: TOKEN,
            confidence: 0.5,
        };
        (first..first + count).map(commit).collect()
    }

    pub fn positions(edits: &[Commit]) -> Vec<u32> {
        assert!(edits.iter().all(|edit| edit.id == MASK));
        edits.iter().map(|edit| edit.position).collect()
    }
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
