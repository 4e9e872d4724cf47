//! Semi-autoregressive blocks of one size, left to right (LLaDA).

use super::{Block, Canvas, Method, Structure};

pub(super) const METHOD: Method<dyn Structure> = Method {
    name: "blocks",
    doc: "Blocks of one size, left to right; without a size the whole canvas is one.",
    source: "LLaDA",
    parameters: &[],
    build: |_, setup| {
        Ok(Box::new(match setup.grid {
            Some(grid) => FixedBlocks::on_grid(grid, setup.canvas),
            None => FixedBlocks::new(setup.block, setup.canvas),
        }))
    },
};

/// Blocks of `size` positions from the end of the prompt on; the last may be short.
///
/// The leftmost mask says which block is open, so full and pinned blocks are passed over and
/// a position that is opened again reopens its block. Masks within the prompt belong to the
/// first block, as LLaDA leaves them eligible from its first step on.
pub struct FixedBlocks {
    size: u32,
    /// Where the first block begins.
    origin: u32,
}

impl FixedBlocks {
    /// `size` positions, at least 1; none: the whole canvas is one block.
    #[must_use]
    pub fn new(size: Option<u32>, canvas: &Canvas) -> Self {
        Self {
            size: size.unwrap_or(u32::MAX).max(1),
            origin: canvas.prompt_len(),
        }
    }

    /// The blocks of a model that was trained on a grid of `size` from position 0 on (SDAR): the
    /// first block may begin within the prompt.
    #[must_use]
    pub fn on_grid(size: u32, canvas: &Canvas) -> Self {
        let size = size.max(1);
        Self {
            size,
            origin: canvas.prompt_len() / size * size,
        }
    }

    /// First position of block `index`; for the one behind the last, the end of the canvas.
    fn start(&self, index: u32, canvas: &Canvas) -> u32 {
        let start = self.origin.saturating_add(index.saturating_mul(self.size));
        start.min(canvas.len())
    }
}

impl Structure for FixedBlocks {
    fn is_fixed(&self) -> bool {
        true
    }

    fn open(&mut self, canvas: &Canvas) -> Option<Block> {
        let first = canvas.masked_in(0..canvas.len()).next()?;
        let index = first.saturating_sub(self.origin) / self.size;
        let start = if index == 0 {
            0
        } else {
            self.start(index, canvas)
        };
        Some(Block::new(index, start, self.start(index + 1, canvas)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Commit, Segment};

    const MASK: u32 = 9;

    fn fill(canvas: &mut Canvas, positions: &[u32]) {
        for &position in positions {
            let commit = Commit {
                position,
                id: 1,
                confidence: 1.0,
            };
            canvas.apply(&[commit], 0);
        }
    }

    /// Every block in the order of opening, each filled before the next.
    fn walk(size: Option<u32>, mut canvas: Canvas) -> Vec<(u32, Vec<u32>)> {
        let mut blocks = FixedBlocks::new(size, &canvas);
        let mut seen = Vec::new();
        while let Some(block) = blocks.open(&canvas) {
            let eligible = blocks.eligible(&canvas, &block);
            fill(&mut canvas, &eligible);
            seen.push((block.index, eligible));
        }
        seen
    }

    #[test]
    fn blocks_start_behind_the_prompt_and_the_last_may_be_short() {
        let canvas = || Canvas::new(&[1, 2], &[Segment::Masked(5)], MASK);
        let by_two = [(0, vec![2, 3]), (1, vec![4, 5]), (2, vec![6])];
        assert_eq!(walk(Some(2), canvas()), by_two);
        let whole = [(0, vec![2, 3, 4, 5, 6])];
        assert_eq!(walk(None, canvas()), whole);
        assert_eq!(walk(Some(u32::MAX), canvas()), whole);
    }

    #[test]
    fn a_grid_counts_from_position_0() {
        let mut canvas = Canvas::new(&[1, 2, 3, 4, 5], &[Segment::Masked(6)], MASK);
        let mut blocks = FixedBlocks::on_grid(4, &canvas);
        let mut seen = Vec::new();
        while let Some(block) = blocks.open(&canvas) {
            let eligible = blocks.eligible(&canvas, &block);
            fill(&mut canvas, &eligible);
            seen.push((block.index, eligible));
        }
        assert_eq!(seen, [(0, vec![5, 6, 7]), (1, vec![8, 9, 10])]);
    }

    #[test]
    fn pinned_positions_are_never_eligible_and_pinned_blocks_are_passed_over() {
        let segments = [
            Segment::Pinned(vec![1, 2]),
            Segment::Masked(1),
            Segment::Pinned(vec![3]),
            Segment::Masked(2),
        ];
        let canvas = Canvas::new(&[], &segments, MASK);
        assert_eq!(walk(Some(2), canvas), [(1, vec![2]), (2, vec![4, 5])]);
    }

    #[test]
    fn masks_of_the_prompt_belong_to_the_first_block() {
        let canvas = Canvas::new(&[1, MASK, 2], &[Segment::Masked(3)], MASK);
        assert_eq!(walk(Some(2), canvas), [(0, vec![1, 3, 4]), (1, vec![5])]);
        let canvas = Canvas::new(&[1, MASK, 2], &[], MASK);
        assert_eq!(walk(None, canvas), [(0, vec![1])]);
    }

    #[test]
    fn a_full_canvas_opens_nothing() {
        let canvas = Canvas::new(&[1], &[Segment::Pinned(vec![2])], MASK);
        assert_eq!(walk(Some(2), canvas), []);
    }

    #[test]
    fn an_opened_position_reopens_its_block() {
        let mut canvas = Canvas::new(&[], &[Segment::Masked(4)], MASK);
        let mut blocks = FixedBlocks::new(Some(2), &canvas);
        fill(&mut canvas, &[0, 1]);
        assert_eq!(blocks.open(&canvas).map(|block| block.index), Some(1));
        let reopen = Commit {
            position: 1,
            id: MASK,
            confidence: 0.0,
        };
        canvas.apply(&[reopen], 1);
        assert_eq!(blocks.open(&canvas).map(|block| block.index), Some(0));
    }
}
