//! LLaDA's budget: the same number of commits in every step of a block.

use super::{Block, Canvas, Commit, Row, Select, by_position, ranked};

/// Commits the surest `k` of each step, `k` spread evenly over the block's share of the steps.
///
/// The steps of the canvas are spread evenly over its blocks, the first blocks taking what does
/// not divide; each block gets at least one. With `m` masks when a block opens and `S` steps,
/// LLaDA commits `floor(m / S) + [j < m mod S]` in step `j` (`get_num_transfer_tokens`,
/// ML-GSAI/LLaDA). That is `ceil(masks left / steps left)`, which is what is computed here, so
/// nothing but the steps left needs to be remembered. Where `S > m`, LLaDA's last steps commit
/// nothing; they end with the masks here and cost no forward.
pub struct EvenSplit {
    steps: Option<u32>,
    blocks: u32,
    /// The open block and the steps it has left.
    open: Option<(u32, u32)>,
}

impl EvenSplit {
    /// `steps` for the whole canvas of `blocks` blocks; none: one for each mask.
    #[must_use]
    pub fn new(steps: Option<u32>, blocks: u32) -> Self {
        Self {
            steps,
            blocks,
            open: None,
        }
    }

    fn steps_of(&self, block: u32, masks: u32) -> u32 {
        let Some(steps) = self.steps else {
            return masks;
        };
        let share = steps / self.blocks + u32::from(block < steps % self.blocks);
        share.max(1)
    }
}

impl Select for EvenSplit {
    fn select(&mut self, candidates: &[Row], block: &Block, canvas: &Canvas) -> Vec<Commit> {
        let masks = canvas.masked_in(block.range()).count() as u32;
        let steps_left = match self.open {
            // A block that opens again, or gets masks late, is finished at one go.
            Some((index, left)) if index == block.index => left.max(1),
            _ => self.steps_of(block.index, masks),
        };
        self.open = Some((block.index, steps_left - 1));
        let budget = masks.div_ceil(steps_left);
        let mut commits = ranked(candidates);
        commits.truncate(budget as usize);
        by_position(commits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{open, positions, rows};
    use super::*;
    use crate::decode::{Segment, select::fixtures::MASK};

    /// Budgets of a block of `masks` in `steps`, until it is full.
    fn budgets(masks: u32, steps: Option<u32>) -> Vec<u32> {
        let (block, mut canvas) = open(masks);
        let mut select = EvenSplit::new(steps, 1);
        let mut budgets = Vec::new();
        while canvas.masks() > 0 {
            let all = rows(&vec![0.5; masks as usize]);
            let open = |row: &Row| canvas.is_masked(row.position);
            let candidates: Vec<Row> = all.into_iter().filter(open).collect();
            let commits = select.select(&candidates, &block, &canvas);
            canvas.apply(&commits, 0);
            budgets.push(commits.len() as u32);
        }
        budgets
    }

    #[test]
    fn budgets_are_lladas_without_the_empty_steps() {
        for masks in 0..40 {
            for steps in 1..50 {
                let mut expected: Vec<u32> = (0..steps)
                    .map(|j| masks / steps + u32::from(j < masks % steps))
                    .collect();
                expected.retain(|&budget| budget > 0);
                assert_eq!(budgets(masks, Some(steps)), expected, "{masks} in {steps}");
            }
        }
    }

    #[test]
    fn one_token_a_step_unless_told_otherwise() {
        assert_eq!(budgets(5, None), [1, 1, 1, 1, 1]);
    }

    #[test]
    fn steps_are_spread_over_the_blocks() {
        let shares = |steps, blocks| {
            let select = EvenSplit::new(Some(steps), blocks);
            (0..blocks)
                .map(|block| select.steps_of(block, 9))
                .collect::<Vec<_>>()
        };
        assert_eq!(shares(8, 4), [2, 2, 2, 2]);
        assert_eq!(shares(10, 4), [3, 3, 2, 2]);
        assert_eq!(shares(2, 4), [1, 1, 1, 1], "every block needs a step");
    }

    #[test]
    fn the_surest_win_and_of_equals_the_lower_position() {
        let (block, canvas) = open(5);
        let select = |confidences: &[f32]| {
            let commits = EvenSplit::new(Some(2), 1).select(&rows(confidences), &block, &canvas);
            positions(&commits)
        };
        assert_eq!(select(&[0.1, 0.5, 0.2, 0.9, 0.3]), [1, 3, 4]);
        assert_eq!(select(&[0.5; 5]), [0, 1, 2]);
        assert_eq!(select(&[0.2, 0.9, 0.5, 0.5, 0.5]), [1, 2, 3]);
    }

    #[test]
    fn no_candidate_no_commit() {
        let (block, canvas) = open(3);
        let commits = EvenSplit::new(None, 1).select(&[], &block, &canvas);
        assert!(commits.is_empty());
    }

    #[test]
    fn rows_without_a_record_are_made_up_for() {
        let (block, mut canvas) = open(6);
        let mut select = EvenSplit::new(Some(3), 1);
        let all = rows(&[0.5; 6]);
        let commits = select.select(&all[..1], &block, &canvas);
        canvas.apply(&commits, 0);
        assert_eq!(commits.len(), 1, "only one of two had a record");
        let commits = select.select(&all[1..], &block, &canvas);
        assert_eq!(commits.len(), 3, "five masks, two steps left");
    }

    #[test]
    fn pins_do_not_count() {
        let segments = [
            Segment::Masked(2),
            Segment::Pinned(vec![1, 2, 3, 4]),
            Segment::Masked(2),
        ];
        let canvas = Canvas::new(&[], &segments, MASK);
        let block = Block {
            index: 0,
            start: 0,
            end: 8,
        };
        let all = rows(&[0.5; 8]);
        let candidates: Vec<Row> = canvas.masked_in(0..8).map(|p| all[p as usize]).collect();
        let commits = EvenSplit::new(Some(2), 1).select(&candidates, &block, &canvas);
        assert_eq!(positions(&commits), [0, 1]);
    }
}
