//! What a piece remembers of a block while it is open.

use super::Step;
use crate::sorted_map::SortedMap;

/// One state per open block, fresh whenever a block opens or opens again: a block is new when it
/// was not decided about in the last step that decided about any.
pub struct PerBlock<T> {
    step: Option<u32>,
    /// State and the step that touched it last, by the block's index.
    states: SortedMap<u32, (u32, T)>,
}

impl<T: Default> PerBlock<T> {
    pub fn new() -> Self {
        Self {
            step: None,
            states: SortedMap::new(),
        }
    }

    /// The state of the block of `step`.
    pub fn enter(&mut self, step: &Step) -> &mut T {
        if self.step != Some(step.number) {
            let before = self.step.replace(step.number);
            self.states.retain(|_, (last, _)| Some(*last) == before);
        }
        let state = self
            .states
            .get_or_insert_with(step.block.index, Default::default);
        state.0 = step.number;
        &mut state.1
    }

    /// The states of the blocks that the last step decided about.
    pub fn states(&self) -> impl Iterator<Item = &T> {
        let states = self.states.values();
        let current = states.filter(|(last, _)| Some(*last) == self.step);
        current.map(|(_, state)| state)
    }

    /// Every state that is kept.
    pub fn states_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.states.values_mut().map(|(_, state)| state)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::MASK;
    use super::*;
    use crate::decode::{Block, Canvas};

    #[test]
    fn a_block_that_was_left_starts_again() {
        let canvas = Canvas::new(&[], &[], MASK);
        let mut visits: PerBlock<u32> = PerBlock::new();
        let mut visit = |number, index| {
            let step = Step {
                number,
                block: Block::new(index, 0, 0),
                canvas: &canvas,
                rows: &[],
                shadows: &[],
                branches: &[],
                verified: &[],
            };
            let count = visits.enter(&step);
            *count += 1;
            *count
        };
        assert_eq!((visit(0, 0), visit(1, 0)), (1, 2));
        // Two blocks at once, and a step without a decision between.
        assert_eq!((visit(2, 0), visit(2, 1)), (3, 1));
        assert_eq!((visit(4, 0), visit(4, 1)), (4, 2));
        assert_eq!((visit(5, 1), visit(6, 0)), (3, 1), "block 0 was left");
    }
}
