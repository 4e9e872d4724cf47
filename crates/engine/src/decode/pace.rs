//! How many positions of a block are written after each of its steps, for the methods that fill
//! everything and take the weakest back (P2, RCR). Their select and their revise piece both ask
//! here, so the two halves of a step agree without sharing anything but the canvas.

use super::method::{Parameter, Setup, Values};
use super::{Block, Canvas};
use crate::order;

/// `steps` of these methods.
pub(super) const STEPS: Parameter = Parameter::derived_count(
    "steps",
    1,
    "Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more.",
);

/// The steps of each block.
///
/// The steps of the canvas are spread evenly over its blocks, the first blocks taking what does
/// not divide; each block gets at least one and at most one for each of its positions, so that
/// every step writes more than it takes back. Then the number of written positions says which
/// step a block is at, and nothing needs to be remembered.
pub struct Pace {
    steps: Option<u32>,
    blocks: u32,
}

impl Pace {
    /// `steps` for the whole canvas of `blocks` blocks; none: one for each position.
    #[must_use]
    pub fn new(steps: Option<u32>, blocks: u32) -> Self {
        Self { steps, blocks }
    }

    /// The pace that a method's `steps` name.
    pub(super) fn of(values: &Values, setup: &Setup) -> Self {
        Self::new(values.given_count("steps"), setup.blocks())
    }

    /// P2: written after step j of S are all but `floor(n (1 - (j + 1) / S))` of n positions.
    pub(super) fn proportional(&self, canvas: &Canvas, block: &Block) -> usize {
        let (positions, written) = count(canvas, block);
        let steps = self.steps_of(block.index, positions);
        let [n, steps, done] = [positions, steps, written].map(u64::from);
        // `written` is ceil(n j / steps), and steps <= n.
        let step = (done * steps).checked_div(n).unwrap_or(0);
        (n * (step + 1)).div_ceil(steps).min(n) as usize
    }

    /// RCR: LLaDA's budget, `floor(n / S) + [j < n mod S]` more after step j of S.
    pub(super) fn even(&self, canvas: &Canvas, block: &Block) -> usize {
        let (positions, written) = count(canvas, block);
        let steps = self.steps_of(block.index, positions);
        let (share, rest) = (positions / steps, positions % steps);
        // The first `rest` steps write one more than the others.
        let long = rest * (share + 1);
        let next = if written < long {
            (written / (share + 1) + 1) * (share + 1)
        } else {
            long + ((written - long).checked_div(share).unwrap_or(0) + 1) * share
        };
        next.min(positions) as usize
    }

    fn steps_of(&self, block: u32, positions: u32) -> u32 {
        let share = |steps| steps / self.blocks + u32::from(block < steps % self.blocks);
        self.steps.map_or(positions, share).min(positions).max(1)
    }
}

/// Positions of the block that are not given, and how many of them are written.
fn count(canvas: &Canvas, block: &Block) -> (u32, u32) {
    let unpinned = block
        .range()
        .filter(|&position| !canvas.is_pinned(position));
    let positions = unpinned.count() as u32;
    (
        positions,
        positions - canvas.masked_in(block.range()).count() as u32,
    )
}

/// Sorts scored positions, surest first; of equals the lower position first.
pub(super) fn rank(mut scored: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    order::sort(&mut scored, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Commit, Segment};

    /// What is written after each step of a block of `positions` in `steps`.
    fn walk(
        target: fn(&Pace, &Canvas, &Block) -> usize,
        positions: u32,
        steps: Option<u32>,
    ) -> Vec<u32> {
        let mut canvas = Canvas::new(&[], &[Segment::Masked(positions)], 9);
        let block = Block::new(0, 0, positions);
        let pace = Pace::new(steps, 1);
        let mut walked = Vec::new();
        while canvas.masks() > 0 {
            let written = target(&pace, &canvas, &block) as u32;
            for position in 0..written {
                canvas.apply(
                    &[Commit {
                        position,
                        id: 1,
                        confidence: 0.5,
                    }],
                    0,
                );
            }
            walked.push(written);
        }
        walked
    }

    #[test]
    fn the_canvas_says_which_step_it_is() {
        for n in 1..30u32 {
            for steps in 1..=n {
                let expected: Vec<u32> = (0..steps)
                    .map(|j| n - n * (steps - j - 1) / steps)
                    .collect();
                assert_eq!(
                    walk(Pace::proportional, n, Some(steps)),
                    expected,
                    "{n} in {steps}"
                );
                let mut written = 0;
                let expected: Vec<u32> = (0..steps)
                    .map(|j| {
                        written += n / steps + u32::from(j < n % steps);
                        written
                    })
                    .collect();
                assert_eq!(walk(Pace::even, n, Some(steps)), expected, "{n} in {steps}");
            }
        }
    }

    #[test]
    fn one_position_a_step_unless_told_otherwise_and_at_most_that_slow() {
        for target in [Pace::proportional, Pace::even] {
            assert_eq!(walk(target, 3, None), [1, 2, 3]);
            assert_eq!(walk(target, 3, Some(50)), [1, 2, 3]);
        }
    }

    #[test]
    fn nothing_to_write_and_pins() {
        let canvas = Canvas::new(
            &[1],
            &[Segment::Pinned(vec![2, 9, 3]), Segment::Masked(1)],
            9,
        );
        let pace = Pace::new(None, 1);
        let whole = Block::new(0, 0, 5);
        assert_eq!(pace.even(&canvas, &whole), 1);
        assert_eq!(pace.proportional(&canvas, &whole), 1);
        let pinned = Block::new(0, 0, 2);
        assert_eq!(pace.even(&canvas, &pinned), 0);
        assert_eq!(pace.proportional(&canvas, &pinned), 0);
        assert_eq!(count(&canvas, &whole), (2, 0));
    }

    #[test]
    fn of_equals_the_lower_position_is_surer() {
        let ranked = rank(vec![(3, 0.5), (1, 0.5), (2, 0.9)]);
        assert_eq!(ranked, [(2, 0.9), (1, 0.5), (3, 0.5)]);
    }
}
