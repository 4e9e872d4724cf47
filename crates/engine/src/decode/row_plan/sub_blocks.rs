//! The exact cache between blocks, the dual one within (Fast-dLLM v2).

use super::super::method::Method;
use super::{Block, Canvas, Plan, RowPlan, Rows, Splice};
use crate::Error;

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "sub_blocks",
    doc: "Forwards the model's block when a part of it opens and afterwards the part alone; blocks before are kept exactly. For block-causal models with the structure \"sub_blocks\". An approximation within the block.",
    source: "Fast-dLLM v2, arXiv 2509.26328",
    parameters: &[],
    build: |_, setup| match setup.grid {
        Some(grid) if grid > 1 => Ok(Box::new(SubBlockCache { grid, part: None })),
        _ => Err(Error::bad_input(
            "cache \"sub_blocks\" needs a block-causal model; choose \"dual\" or \"auto\"",
        )),
    },
};

/// The whole block as long as the first position of its open part is a mask (whose record may
/// come from the row before it), and the part alone from then on.
pub struct SubBlockCache {
    grid: u32,
    /// Number of the part that the last forward of a whole block was for.
    part: Option<u32>,
}

impl RowPlan for SubBlockCache {
    fn plan(&mut self, canvas: &Canvas, block: &Block, wanted: &[u32], step: u32) -> Plan {
        let begins = self.part != Some(block.index) || canvas.is_masked(block.start);
        if begins {
            self.part = Some(block.index);
            return Plan::new(Rows::Changed, wanted, step);
        }
        let end = block.end.next_multiple_of(self.grid).min(canvas.len());
        let rows = Rows::Chosen {
            rows: block.range().collect(),
            sees: (0..end).collect(),
        };
        Plan::new(rows, wanted, step)
    }

    fn spliced(&mut self, _splice: &Splice) {
        self.part = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Commit, Segment};

    #[test]
    fn a_part_is_forwarded_alone_once_its_first_token_is_there() {
        let mut plan = SubBlockCache {
            grid: 8,
            part: None,
        };
        let mut canvas = Canvas::new(&[1; 8], &[Segment::Masked(8)], 0);
        let mut rows = |canvas: &Canvas, index: u32| {
            let start = 8 + 4 * index;
            let block = Block::new(index, start, start + 4);
            plan.plan(canvas, &block, &[11], 0).rows
        };
        assert_eq!(rows(&canvas, 0), Rows::Changed, "the part opens");
        assert_eq!(rows(&canvas, 0), Rows::Changed, "its first token is open");
        let first = Commit {
            position: 8,
            id: 5,
            confidence: 1.0,
        };
        canvas.apply(&[first], 0);
        let alone = Rows::Chosen {
            rows: (8..12).collect(),
            sees: (0..16).collect(),
        };
        assert_eq!(rows(&canvas, 0), alone);
        assert_eq!(rows(&canvas, 1), Rows::Changed, "another part opens");
    }
}
