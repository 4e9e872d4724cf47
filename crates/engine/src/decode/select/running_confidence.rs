//! The positions that RCR would not take back at once.

use super::super::pace::{Pace, STEPS};
use super::{Commit, Method, Row, Select, Step, keep_survivors, surest};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "running_confidence",
    doc: "Fills everything and keeps the surest, so many more in each step; with the revise method of the same name, earlier tokens compete with what they were worth when they were written.",
    source: "RCR, arXiv 2508.13148",
    parameters: &[STEPS],
    build: |values, setup| Ok(Box::new(RunningConfidence::new(Pace::of(values, setup)))),
};

/// Commits the candidates that are among [`survivors`], with revise `running_confidence` exactly
/// what RCR leaves of the masks it filled; without a revision the surest candidate at least.
pub struct RunningConfidence {
    pace: Pace,
}

impl RunningConfidence {
    /// So many a step.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace }
    }
}

impl Select for RunningConfidence {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        keep_survivors(candidates, &survivors(&self.pace, step), step)
    }
}

/// The positions of the block that hold a token after this step, surest first.
///
/// An open position is scored with its proposal's confidence, a written one with the confidence
/// it was last written with; the weakest are or become masks, so many as LLaDA's budget leaves
/// to the steps after this one (`overtime_conf`, jwkirchenbauer/mdpo). Of equals the lower
/// position survives. The published rule also lets tokens of earlier blocks be displaced; here a
/// block that is full stays full, as the structure opens blocks from left to right.
pub(in super::super) fn survivors(pace: &Pace, step: &Step) -> Vec<u32> {
    let canvas = step.canvas;
    let score = |position| {
        let score = if canvas.is_masked(position) {
            step.row(position)?.commit().confidence
        } else {
            // A token without a history came with a change of length: nothing is known of it.
            let history = canvas.history(position);
            history.map_or(f32::INFINITY, |history| history.confidence)
        };
        Some((position, score))
    };
    surest(step, pace.even(canvas, &step.block), score)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, positions, rows, select_at};
    use super::*;
    use crate::decode::{Block, Canvas, Segment};

    fn select(steps: u32, confidences: &[f32]) -> Vec<u32> {
        let mut rcr = RunningConfidence::new(Pace::new(Some(steps), 1));
        select_at(&mut rcr, &rows(confidences), 0)
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
    fn a_written_token_counts_with_what_it_was_written_with() {
        let mut canvas = Canvas::new(&[], &[Segment::Masked(4)], MASK);
        let rows = rows(&[0.3, 0.8, 0.5, 0.4]);
        canvas.apply(&[rows[0].commit()], 0);
        let mut rcr = RunningConfidence::new(Pace::new(Some(4), 1));
        let step = Step {
            number: 1,
            block: Block::new(0, 0, 4),
            canvas: &canvas,
            rows: &rows[1..],
            shadows: &[],
            branches: &[],
            verified: &[],
        };
        assert_eq!(survivors(&rcr.pace, &step), [1, 2], "0.3 is displaced");
        assert_eq!(positions(&rcr.select(&rows[1..], &step)), [1, 2]);
        let blind = Step { rows: &[], ..step };
        assert_eq!(survivors(&rcr.pace, &blind), [0]);
        assert_eq!(positions(&rcr.select(&rows[1..], &blind)), [1], "progress");
    }
}
