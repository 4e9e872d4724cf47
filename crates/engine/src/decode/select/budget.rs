//! LLaDA's budget: the same number of commits in every step of a block.

use super::super::method::{Parameter, Setup, Values};
use super::Step;
use crate::sorted_map::SortedMap;

/// `steps`, as every method with a budget takes it.
pub(super) const STEPS: Parameter = Parameter::derived_count(
    "steps",
    1,
    "Steps over the whole canvas; one per open position where absent.",
);

/// The steps that a block gets of those of the canvas.
#[derive(Clone, Copy)]
pub struct Share {
    steps: Option<u32>,
    blocks: u32,
}

impl Share {
    /// `steps` for the whole canvas of `blocks` blocks; none: one for each mask.
    #[must_use]
    pub fn new(steps: Option<u32>, blocks: u32) -> Self {
        Self { steps, blocks }
    }

    /// The shares of a method's `steps`.
    pub(super) fn of(values: &Values, setup: &Setup) -> Self {
        Self::new(values.given_count("steps"), setup.blocks())
    }

    /// Steps of block `index`, at least 1, where it has `masks` masks when it opens.
    #[must_use]
    pub fn of_block(&self, index: u32, masks: u32) -> u32 {
        let even = |steps: u32| steps / self.blocks + u32::from(index < steps % self.blocks);
        self.steps.map_or(masks, even).max(1)
    }
}

/// How many commits a step has, spread evenly over the block's share of the steps.
///
/// The steps of the canvas are spread evenly over its blocks, the first blocks taking what does
/// not divide; each block gets at least one. With `m` masks when a block opens and `S` steps,
/// LLaDA commits `floor(m / S) + [j < m mod S]` in step `j` (`get_num_transfer_tokens`,
/// ML-GSAI/LLaDA). That is `ceil(masks left / steps left)`, which is what is computed here, so
/// nothing but the steps left needs to be remembered. Where `S > m`, LLaDA's last steps commit
/// nothing; they end with the masks here and cost no forward.
pub struct Budget {
    share: Share,
    /// Steps that each opened block has left.
    left: SortedMap<u32, u32>,
}

impl Budget {
    /// `steps` for the whole canvas of `blocks` blocks; none: one for each mask.
    #[must_use]
    pub fn new(steps: Option<u32>, blocks: u32) -> Self {
        Self {
            share: Share::new(steps, blocks),
            left: SortedMap::new(),
        }
    }

    /// The budget that a method's `steps` name.
    pub(super) fn of(values: &Values, setup: &Setup) -> Self {
        Self::new(values.given_count("steps"), setup.blocks())
    }

    /// Commits of this step in its block; the step is used up.
    pub fn next(&mut self, step: &Step) -> usize {
        let block = step.block;
        let masks = step.canvas.masked_in(block.range()).count() as u32;
        let steps_left = match self.left.get(&block.index) {
            // A block that opens again, or gets masks late, is finished at one go.
            Some(&left) => left.max(1),
            None => self.share.of_block(block.index, masks),
        };
        self.left.insert(block.index, steps_left - 1);
        masks.div_ceil(steps_left) as usize
    }

    /// Commits of each of the coming `steps` of block `index`, which has `masks` masks, as long as
    /// there are any.
    pub fn coming(&self, index: u32, masks: u32, steps: u32) -> Vec<u32> {
        let left = self.left.get(&index).copied();
        let mut left = left.unwrap_or_else(|| self.share.of_block(index, masks));
        let mut masks = masks;
        let mut counts = Vec::new();
        while masks > 0 && (counts.len() as u32) < steps {
            let count = masks.div_ceil(left.max(1));
            counts.push(count);
            masks -= count;
            left = left.saturating_sub(1);
        }
        counts
    }
}

/// LLaDA's budgets as they were laid down when the block opened, for methods that may commit more
/// than their budget: what is ahead of the plan stays ahead.
pub struct Quota {
    share: Share,
    /// Masks at the opening, steps in all and steps done, by the block's index.
    blocks: SortedMap<u32, [u32; 3]>,
}

impl Quota {
    /// With so many steps for each block.
    #[must_use]
    pub fn new(share: Share) -> Self {
        Self {
            share,
            blocks: SortedMap::new(),
        }
    }

    /// `floor(m / S) + [j < m mod S]` for this step of its block, which is used up; a step beyond
    /// the plan gets the largest of the plan.
    pub fn next(&mut self, step: &Step) -> usize {
        let block = step.block;
        let open = || {
            let masks = step.canvas.masked_in(block.range()).count() as u32;
            [masks, self.share.of_block(block.index, masks), 0]
        };
        let [masks, steps, done] = self.blocks.get_or_insert_with(block.index, open);
        let early = *done < *masks % *steps || *done >= *steps && *masks % *steps > 0;
        *done = done.saturating_add(1);
        (*masks / *steps + u32::from(early)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::select::fixtures::MASK;
    use crate::decode::{Block, Canvas, Commit, Segment};

    /// Budgets of a block of `masks` in `steps`, until it is full.
    fn budgets(masks: u32, steps: Option<u32>) -> Vec<u32> {
        let mut canvas = Canvas::new(&[], &[Segment::Masked(masks)], MASK);
        let mut budget = Budget::new(steps, 1);
        let mut budgets = Vec::new();
        while canvas.masks() > 0 {
            let count = next(&mut budget, &canvas);
            let filled: Vec<u32> = canvas.masked_in(0..masks).take(count).collect();
            for position in filled {
                let commit = Commit {
                    position,
                    id: 1,
                    confidence: 0.5,
                };
                canvas.apply(&[commit], 0);
            }
            budgets.push(count as u32);
        }
        budgets
    }

    fn next(budget: &mut Budget, canvas: &Canvas) -> usize {
        budget.next(&Step {
            number: 0,
            block: Block::new(0, 0, canvas.len()),
            canvas,
            rows: &[],
            shadows: &[],
            branches: &[],
            verified: &[],
        })
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
            let share = Share::new(Some(steps), blocks);
            (0..blocks)
                .map(|block| share.of_block(block, 9))
                .collect::<Vec<_>>()
        };
        assert_eq!(shares(8, 4), [2, 2, 2, 2]);
        assert_eq!(shares(10, 4), [3, 3, 2, 2]);
        assert_eq!(shares(2, 4), [1, 1, 1, 1], "every block needs a step");
    }

    #[test]
    fn a_quota_is_the_plan_of_the_opening() {
        let canvas = Canvas::new(&[], &[Segment::Masked(8)], MASK);
        let mut quota = Quota::new(Share::new(Some(3), 1));
        let mut next = |canvas: &Canvas| {
            quota.next(&Step {
                number: 0,
                block: Block::new(0, 0, canvas.len()),
                canvas,
                rows: &[],
                shadows: &[],
                branches: &[],
                verified: &[],
            })
        };
        let emptier = Canvas::new(&[], &[Segment::Masked(1)], MASK);
        let plan = [next(&canvas), next(&emptier), next(&emptier)];
        assert_eq!(plan, [3, 3, 2], "whatever was committed meanwhile");
        assert_eq!(next(&emptier), 3, "beyond the plan");
    }

    #[test]
    fn pins_do_not_count() {
        let segments = [
            Segment::Masked(2),
            Segment::Pinned(vec![1, 2, 3, 4]),
            Segment::Masked(2),
        ];
        let canvas = Canvas::new(&[], &segments, MASK);
        assert_eq!(next(&mut Budget::new(Some(2), 1), &canvas), 2);
    }
}
