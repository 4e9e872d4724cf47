//! Blocks in parts, left to right (Fast-dLLM v2).

use super::super::method::Parameter;
use super::{BLOCK, Block, Canvas, Method, Structure};

pub(super) const METHOD: Method<dyn Structure> = Method {
    name: "sub_blocks",
    doc: "Parts of a block, from left to right: fewer positions are open at once than the model's blocks hold. With the cache \"sub_blocks\" a step forwards the part alone.",
    source: "Fast-dLLM v2, arXiv 2509.26328",
    parameters: &[Parameter::count(
        "size",
        1,
        8,
        "Positions of a part; the last of a block may be shorter.",
    )],
    build: |values, setup| {
        let prompt = setup.canvas.prompt_len();
        let (block, origin) = match setup.grid {
            Some(grid) => (grid, prompt / grid * grid),
            None => (setup.block.unwrap_or(BLOCK), prompt),
        };
        Ok(Box::new(SubBlocks {
            block: block.max(1),
            size: values.count("size"),
            origin,
        }))
    },
};

/// Parts of `size` positions of blocks of `block`, counted from `origin`.
///
/// The leftmost mask says which part is open. Masks within the prompt belong to the first.
pub struct SubBlocks {
    block: u32,
    size: u32,
    origin: u32,
}

impl SubBlocks {
    /// The part that `position` is in: number, start and end.
    fn part(&self, position: u32) -> (u32, u32, u32) {
        let parts = self.block.div_ceil(self.size);
        let behind = position.saturating_sub(self.origin);
        let (block, inside) = (behind / self.block, behind % self.block / self.size);
        let first = self.origin + block * self.block;
        let start = first + inside * self.size;
        let end = start
            .saturating_add(self.size)
            .min(first.saturating_add(self.block));
        (block * parts + inside, start, end)
    }
}

impl Structure for SubBlocks {
    fn open(&mut self, canvas: &Canvas) -> Option<Block> {
        let leftmost = canvas.masked_in(0..canvas.len()).next()?;
        let (index, start, end) = self.part(leftmost);
        let start = if leftmost < self.origin { 0 } else { start };
        Some(Block::new(index, start, end.min(canvas.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Commit, Segment};

    /// Number and eligible positions of every part, each filled before the next.
    fn walk(mut parts: SubBlocks, mut canvas: Canvas) -> Vec<(u32, Vec<u32>)> {
        let mut seen = Vec::new();
        while let Some(block) = parts.open(&canvas) {
            let eligible = parts.eligible(&canvas, &block);
            let commits: Vec<Commit> = eligible
                .iter()
                .map(|&position| Commit {
                    position,
                    id: 1,
                    confidence: 1.0,
                })
                .collect();
            canvas.apply(&commits, 0);
            seen.push((block.index, eligible));
        }
        seen
    }

    #[test]
    fn parts_end_where_blocks_end() {
        let parts = SubBlocks {
            block: 5,
            size: 3,
            origin: 0,
        };
        let canvas = Canvas::new(&[7; 4], &[Segment::Masked(8)], 9);
        let expected = [
            (1, vec![4]),
            (2, vec![5, 6, 7]),
            (3, vec![8, 9]),
            (4, vec![10, 11]),
        ];
        assert_eq!(walk(parts, canvas), expected);
    }

    #[test]
    fn a_part_as_large_as_a_block_is_the_block() {
        let parts = SubBlocks {
            block: 4,
            size: 9,
            origin: 2,
        };
        let canvas = Canvas::new(&[7, 7], &[Segment::Masked(6)], 9);
        let expected = [(0, vec![2, 3, 4, 5]), (1, vec![6, 7])];
        assert_eq!(walk(parts, canvas), expected);
        let full = Canvas::new(&[7, 7], &[Segment::Pinned(vec![7])], 9);
        let parts = SubBlocks {
            block: 4,
            size: 2,
            origin: 2,
        };
        assert_eq!(walk(parts, full), []);
    }
}
