//! The block and little else, on what the last full forward left (Fast-dLLM v1).

use std::ops::Range;

use super::super::method::{Method, Parameter};
use super::{Block, Canvas, Plan, RowPlan, Rows};

const REFRESH: Parameter = Parameter::derived_count(
    "refresh",
    1,
    "Everything is forwarded again after so many forwards; only when another block opens where absent.",
);

const BEFORE: Parameter = Parameter::count(
    "before",
    0,
    0,
    "Positions before the block that are forwarded with it; dInfer has 16.",
);

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "dual",
    doc: "Forwards everything when a block opens and afterwards the block alone; what is around it is seen as it was then. An approximation: a step costs what the block costs.",
    source: "Fast-dLLM v1, arXiv 2505.22618; neighbourhood of dInfer, arXiv 2510.08666",
    parameters: &[
        REFRESH,
        BEFORE,
        Parameter::count(
            "after",
            0,
            0,
            "Positions behind the block that are forwarded with it; dInfer has 16.",
        ),
    ],
    build: |values, _| {
        let around = (values.count("before"), values.count("after"));
        Ok(Box::new(DualCache::new(
            around,
            values.given_count("refresh"),
        )))
    },
};

pub(super) const PREFIX: Method<dyn RowPlan> = Method {
    name: "prefix",
    doc: "Forwards everything when a block opens and afterwards the block and all behind it; what is before it is seen as it was then. An approximation.",
    source: "Fast-dLLM v1, arXiv 2505.22618",
    parameters: &[REFRESH, BEFORE],
    build: |values, _| {
        let around = (values.count("before"), u32::MAX);
        Ok(Box::new(DualCache::new(
            around,
            values.given_count("refresh"),
        )))
    },
};

/// A full forward when a block opens, and again every `refresh` forwards; between them the block
/// with `around` so many positions before and behind it.
///
/// Where the canvas changes its length, what is kept moves along, and the network forwards what came.
pub struct DualCache {
    before: u32,
    after: u32,
    refresh: Option<u32>,
    /// Forwards of the run that are full before the first approximation.
    warmup: u32,
    /// The block of the last full forward.
    block: Option<u32>,
    /// Forwards since, that one included.
    age: u32,
}

impl DualCache {
    /// `around`: positions before and behind the block.
    #[must_use]
    pub fn new(around: (u32, u32), refresh: Option<u32>) -> Self {
        Self {
            before: around.0,
            after: around.1,
            refresh,
            warmup: 0,
            block: None,
            age: 0,
        }
    }

    /// The same, with so many full forwards at the beginning of the run.
    #[must_use]
    pub fn with_warmup(mut self, forwards: u32) -> Self {
        self.warmup = forwards;
        self
    }

    fn is_stale(&self, block: &Block) -> bool {
        let is_old = self.refresh.is_some_and(|refresh| self.age >= refresh);
        self.warmup > 0 || is_old || self.block != Some(block.index)
    }

    /// The positions to forward while `block` is open.
    pub(super) fn range(&mut self, canvas: &Canvas, block: &Block) -> Range<u32> {
        if self.is_stale(block) {
            (self.block, self.age) = (Some(block.index), 1);
            self.warmup = self.warmup.saturating_sub(1);
            return 0..canvas.len();
        }
        self.age += 1;
        let start = block.start.saturating_sub(self.before);
        let end = block.end.saturating_add(self.after);
        start..end.min(canvas.len())
    }
}

impl RowPlan for DualCache {
    fn plan(&mut self, canvas: &Canvas, block: &Block, wanted: &[u32], step: u32) -> Plan {
        let rows = Rows::among(self.range(canvas, block), canvas);
        Plan::new(rows, wanted, step)
    }

    fn steady(&self) -> Option<u32> {
        Some(match self.refresh {
            // The forward of everything, and then that of the block.
            _ if self.age <= 1 => 1,
            None => u32::MAX,
            Some(refresh) => refresh.saturating_sub(self.age) + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Segment;

    fn canvas() -> Canvas {
        Canvas::new(&[1, 1], &[Segment::Masked(12)], 0)
    }

    fn block(index: u32) -> Block {
        let start = 2 + index * 4;
        Block::new(index, start, start + 4)
    }

    /// The ranges of steps in the blocks `blocks`.
    fn ranges(plan: &mut DualCache, blocks: &[u32]) -> Vec<Range<u32>> {
        let step = |index: &u32| plan.range(&canvas(), &block(*index));
        blocks.iter().map(step).collect()
    }

    #[test]
    fn everything_is_forwarded_when_a_block_opens() {
        let mut plan = DualCache::new((0, 0), None);
        let found = ranges(&mut plan, &[0, 0, 0, 1, 1]);
        assert_eq!(found, [0..14, 2..6, 2..6, 0..14, 6..10]);
    }

    #[test]
    fn a_neighbourhood_is_cut_at_the_ends_of_the_canvas() {
        let mut plan = DualCache::new((3, u32::MAX), None);
        assert_eq!(ranges(&mut plan, &[0, 0])[1], 0..14);
        let mut plan = DualCache::new((3, 1), None);
        assert_eq!(ranges(&mut plan, &[1, 1])[1], 3..11);
    }

    #[test]
    fn what_is_old_is_refreshed() {
        let mut plan = DualCache::new((0, 0), Some(2));
        assert_eq!(ranges(&mut plan, &[0; 4]), [0..14, 2..6, 0..14, 2..6]);
        let mut always = DualCache::new((0, 0), Some(1));
        assert_eq!(ranges(&mut always, &[0; 3]), [0..14, 0..14, 0..14]);
    }

    #[test]
    fn a_run_warms_up() {
        let mut plan = DualCache::new((0, 0), None).with_warmup(2);
        assert_eq!(ranges(&mut plan, &[0, 0, 0]), [0..14, 0..14, 2..6]);
    }
}
