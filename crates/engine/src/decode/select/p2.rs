//! The positions that P2 would not take back at once.

use super::super::pace::{Pace, STEPS};
use super::{Commit, Method, Row, RowScope, Select, Step, keep_survivors, surest};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "p2",
    doc: "Fills everything and keeps the surest, so many more in each step; with the revise method of the same name, earlier tokens compete too.",
    source: "P2 self-planning, pengzhangzhi/Open-dLLM",
    parameters: &[STEPS],
    build: |values, setup| Ok(Box::new(PathPlanning::new(Pace::of(values, setup)))),
};

/// Commits the candidates that are among [`survivors`], with revise `p2` exactly what P2 leaves
/// of the masks it filled; without a revision the surest candidate at least.
pub struct PathPlanning {
    pace: Pace,
}

impl PathPlanning {
    /// So many a step.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace }
    }
}

impl Select for PathPlanning {
    fn scope(&self) -> RowScope {
        RowScope::Block
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        keep_survivors(candidates, &survivors(&self.pace, step), step)
    }
}

/// The positions of the block that hold a token after this step, surest first.
///
/// Every position that was not given is scored with what the network is now most ready to say
/// there (the proposal's confidence), whether or not it holds that token; of n positions the
/// `floor(n (1 - (j + 1) / S))` weakest are or become masks in step j of S (`alg == "p2"`,
/// pengzhangzhi/Open-dLLM). Of equals the lower position survives. Written positions without a
/// record survive, open ones do not.
pub(in super::super) fn survivors(pace: &Pace, step: &Step) -> Vec<u32> {
    let canvas = step.canvas;
    let score = |position| {
        let score = step.row(position).map(|row| row.commit().confidence);
        let untouched = (!canvas.is_masked(position)).then_some(f32::INFINITY);
        Some((position, score.or(untouched)?))
    };
    surest(step, pace.proportional(canvas, &step.block), score)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, positions, rows, select_at};
    use super::*;
    use crate::decode::{Block, Canvas, Segment};

    fn select(steps: u32, confidences: &[f32]) -> Vec<u32> {
        let mut p2 = PathPlanning::new(Pace::new(Some(steps), 1));
        select_at(&mut p2, &rows(confidences), 0)
    }

    #[test]
    fn the_first_step_keeps_the_surest_and_of_equals_the_lower_position() {
        assert_eq!(select(2, &[0.1, 0.5, 0.2, 0.9]), [1, 3]);
        assert_eq!(select(2, &[0.5; 5]), [0, 1, 2]);
        assert_eq!(select(1, &[0.1, 0.2]), [0, 1], "one step: all");
        assert_eq!(select(9, &[0.1, 0.2]), [1], "never less than one");
        assert_eq!(select(2, &[]), [0; 0]);
    }

    #[test]
    fn written_positions_compete_and_the_surest_candidate_passes_anyway() {
        let mut canvas = Canvas::new(&[], &[Segment::Masked(4)], MASK);
        let rows = rows(&[0.9, 0.8, 0.2, 0.3]);
        canvas.apply(&[rows[0].commit(), rows[1].commit()], 0);
        let mut p2 = PathPlanning::new(Pace::new(Some(4), 1));
        let block = Block::new(0, 0, 4);
        let step = |block| Step {
            number: 1,
            block,
            canvas: &canvas,
            rows: &rows,
            shadows: &[],
            branches: &[],
            verified: &[],
        };
        assert_eq!(positions(&p2.select(&rows[2..], &step(block))), [3]);
        assert_eq!(survivors(&p2.pace, &step(block)), [0, 1, 3]);
        // Without a record the two written ones survive and the open ones cannot.
        let blind = Step {
            rows: &[],
            ..step(block)
        };
        assert_eq!(survivors(&p2.pace, &blind), [0, 1]);
        assert_eq!(positions(&p2.select(&rows[2..], &blind)), [3], "progress");
        let idle = Block {
            must_commit: false,
            ..block
        };
        assert!(
            p2.select(
                &rows[2..],
                &Step {
                    rows: &[],
                    ..step(idle)
                }
            )
            .is_empty()
        );
    }
}
