//! When a run stops before every position has been proposed.

mod eos;
mod full;
mod margin;
mod prophet;
mod sched;

pub use eos::{Eos, Rule};
pub use full::Full;
pub use prophet::Prophet;
pub use sched::{Fall, Sched, Shape};

use super::method::{Method, shipped};
use super::{Canvas, Row, RowScope, Splice, Step};

/// Every exit method.
pub const METHODS: &[Method<dyn Exit>] =
    &shipped([eos::METHOD, full::METHOD, prophet::METHOD, sched::METHOD]);

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

/// Tests for the end after each step, except where the revise piece reads a full block again:
/// the text is not settled before that is over.
pub trait Exit {
    /// Rows it needs a record of.
    fn scope(&self) -> RowScope {
        RowScope::Eligible
    }

    /// `canvas` is as the step left it; `step` is what its pieces saw. After a change of length,
    /// the records of `step` are those of before: test [`Canvas::len`] where that matters.
    fn test(&mut self, step: &Step, canvas: &Canvas) -> Verdict;

    /// Where it asks within a block no more than whether nothing is open before the first stop
    /// token: from which position on stop tokens count, `u32::MAX` where it asks at the end of a
    /// block only. `None` where it wants to see every step.
    fn text_start(&self, _canvas: &Canvas) -> Option<u32> {
        None
    }

    /// The canvas has changed its length: what is remembered by position moves.
    fn spliced(&mut self, _splice: &Splice) {}
}

#[cfg(test)]
mod fixtures {
    use super::*;
    use crate::Record;
    use crate::decode::{Block, Segment};

    pub const MASK: u32 = 99;

    /// So many open positions.
    pub fn canvas(count: u32) -> Canvas {
        Canvas::new(&[], &[Segment::Masked(count)], MASK)
    }

    /// Rows at positions 0, 1, ... whose first choices are so far ahead.
    pub fn rows(margins: &[f32]) -> Vec<Row> {
        let row = |(position, &l1): (usize, &f32)| {
            let record = Record {
                top1: 10 + position as u32,
                l1,
                ..bytemuck::Zeroable::zeroed()
            };
            Row::new(position as u32, record)
        };
        margins.iter().enumerate().map(row).collect()
    }

    pub fn step<'a>(canvas: &'a Canvas, rows: &'a [Row], number: u32) -> Step<'a> {
        Step {
            number,
            block: Block::new(0, 0, canvas.len()),
            canvas,
            rows,
            shadows: &[],
            branches: &[],
            verified: &[],
        }
    }
}
