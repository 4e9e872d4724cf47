//! Reading a full block again, until a pass over it changes nothing.

use super::{Block, Canvas, Splice};
use crate::sorted_map::SortedMap;

/// The passes over full blocks that a piece has left.
pub(super) struct Reread {
    /// The block of the last step, while its text is news to the network.
    unread: Option<Block>,
    per_block: u32,
    /// Passes so far, by the block's index.
    passes: SortedMap<u32, u32>,
    left: u32,
}

impl Reread {
    /// At most `per_block` passes over one block and `all` in the run.
    pub fn new(per_block: u32, all: u32) -> Self {
        Self {
            unread: None,
            per_block,
            passes: SortedMap::new(),
            left: all,
        }
    }

    /// A step over `block` is over; `wrote`: it changed something.
    pub fn after(&mut self, block: Block, wrote: bool) {
        self.unread = wrote.then_some(block);
    }

    /// The full block of the last step, if it changed and passes are left: one is used up.
    pub fn next(&mut self, canvas: &Canvas) -> Option<Block> {
        let block = self.unread.take()?;
        let passes = self
            .passes
            .get_or_insert_with(block.index, Default::default);
        let end = block.end.min(canvas.len());
        let readable = (block.start..end).any(|position| !canvas.is_pinned(position));
        if self.left == 0 || *passes == self.per_block || !readable {
            return None;
        }
        self.left -= 1;
        *passes += 1;
        Some(Block { end, ..block })
    }

    /// The block moves with the canvas.
    pub fn spliced(&mut self, splice: &Splice) {
        if let Some(block) = &mut self.unread {
            let moved = |border: u32| {
                if border <= splice.at {
                    border
                } else {
                    let kept = border.saturating_sub(splice.removed).max(splice.at);
                    kept + splice.inserted.len() as u32
                }
            };
            block.start = moved(block.start);
            block.end = moved(block.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Segment;

    fn canvas() -> Canvas {
        Canvas::new(&[1], &[Segment::Masked(8)], 9)
    }

    #[test]
    fn passes_end_with_the_changes_or_the_budgets() {
        let block = Block::new(1, 3, 5);
        let mut reread = Reread::new(2, 3);
        assert_eq!(reread.next(&canvas()), None, "nothing was read yet");
        reread.after(block, false);
        assert_eq!(reread.next(&canvas()), None, "nothing changed");
        let mut again = |block| {
            reread.after(block, true);
            reread.next(&canvas())
        };
        assert_eq!(again(block), Some(block));
        assert_eq!(again(block), Some(block));
        assert_eq!(again(block), None, "two passes a block");
        let other = Block::new(2, 5, 7);
        assert_eq!(again(other), Some(other));
        assert_eq!(again(other), None, "three passes in all");
        assert_eq!(reread.next(&canvas()), None, "asked twice");
    }

    #[test]
    fn a_block_without_anything_to_change_is_not_read() {
        let mut reread = Reread::new(2, 3);
        reread.after(Block::new(0, 0, 1), true);
        assert_eq!(reread.next(&canvas()), None);
    }

    #[test]
    fn the_block_moves_with_the_canvas() {
        let after = |at, removed, inserted: &[u32]| {
            let mut reread = Reread::new(1, 1);
            reread.after(Block::new(0, 3, 5), true);
            reread.spliced(&Splice {
                at,
                removed,
                inserted: inserted.to_vec(),
            });
            reread.next(&canvas()).map(|block| (block.start, block.end))
        };
        assert_eq!(after(1, 1, &[9, 9]), Some((4, 6)));
        assert_eq!(after(4, 0, &[9]), Some((3, 6)));
        assert_eq!(after(5, 2, &[]), Some((3, 5)));
        assert_eq!(after(3, 2, &[]), None, "nothing is left of it");
    }
}
