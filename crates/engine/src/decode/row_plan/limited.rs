//! A part of the masks behind the block is all that exists of them.
//!
//! Masks far behind the block say little about it and cost a row each. Which of them stay is a
//! [`Suffix`]; what is forwarded of what stays is one of the plans for whole canvases.

use super::super::method::{Parameter, Values};
use super::{Block, Canvas, DualCache, Plan, RowPlan, Rows, Splice};

/// Which positions behind a block stay.
pub trait Suffix {
    /// Whether the position `distance` behind the end of the block (0 is the next one) stays while
    /// the block with number `block` is open.
    fn keeps(&self, block: u32, position: u32, distance: u32) -> bool;
}

/// What is forwarded of the positions that exist.
pub enum Inner {
    /// All, in every step: exact for the sequence that is left.
    None,
    /// What a cache of the prefix or a dual one forwards.
    Cache(DualCache),
}

pub(super) const CACHE: Parameter = Parameter::word(
    "cache",
    &["none", "prefix", "dual"],
    "What is kept from step to step of the positions that are left.",
);

impl Inner {
    /// What the parameter `cache` says.
    pub(super) fn of(values: &Values) -> Self {
        match values.word("cache") {
            "prefix" => Self::Cache(DualCache::new((0, u32::MAX), None)),
            "dual" => Self::Cache(DualCache::new((0, 0), None)),
            _ => Self::None,
        }
    }
}

/// A plan that leaves out a part of the suffix. Given tokens stay wherever they are.
pub struct Limited<S> {
    suffix: S,
    inner: Inner,
}

impl<S: Suffix> Limited<S> {
    /// What `inner` forwards of what `suffix` keeps.
    pub fn new(suffix: S, inner: Inner) -> Self {
        Self { suffix, inner }
    }

    /// The positions that exist while `block` is open.
    fn sees(&self, canvas: &Canvas, block: &Block) -> Vec<u32> {
        let stays = |position: &u32| {
            *position < block.end
                || !canvas.is_masked(*position)
                || self
                    .suffix
                    .keeps(block.index, *position, position - block.end)
        };
        (0..canvas.len()).filter(stays).collect()
    }
}

impl<S: Suffix> RowPlan for Limited<S> {
    fn plan(&mut self, canvas: &Canvas, block: &Block, wanted: &[u32], step: u32) -> Plan {
        let sees = self.sees(canvas, block);
        let rows = match &mut self.inner {
            Inner::None => sees.clone(),
            Inner::Cache(cache) => {
                let range = cache.range(canvas, block);
                let is_inside = |position: &u32| range.contains(position);
                sees.iter().copied().filter(is_inside).collect()
            }
        };
        Plan::new(Rows::Chosen { rows, sees }, wanted, step)
    }

    fn spliced(&mut self, splice: &Splice) {
        if let Inner::Cache(cache) = &mut self.inner {
            cache.spliced(splice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Segment;

    struct Even;

    impl Suffix for Even {
        fn keeps(&self, _block: u32, _position: u32, distance: u32) -> bool {
            distance.is_multiple_of(2)
        }
    }

    fn canvas() -> Canvas {
        let segments = [
            Segment::Masked(6),
            Segment::Pinned(vec![7]),
            Segment::Masked(2),
        ];
        Canvas::new(&[1, 1], &segments, 0)
    }

    fn chosen(plan: &mut Limited<Even>, block: &Block) -> (Vec<u32>, Vec<u32>) {
        match plan.plan(&canvas(), block, &[2], 0).rows {
            Rows::Chosen { rows, sees } => (rows, sees),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_left_out_is_neither_forwarded_nor_seen() {
        let mut plan = Limited::new(Even, Inner::None);
        let left = vec![0, 1, 2, 3, 4, 6, 8, 10];
        let found = chosen(&mut plan, &Block::new(0, 2, 4));
        assert_eq!(found, (left.clone(), left));
    }

    #[test]
    fn the_last_block_sees_everything() {
        let mut plan = Limited::new(Even, Inner::None);
        let (rows, sees) = chosen(&mut plan, &Block::new(2, 9, 11));
        assert_eq!((rows.len(), sees.len()), (11, 11));
    }

    #[test]
    fn a_cache_keeps_a_part_of_what_is_left() {
        let mut plan = Limited::new(Even, Inner::Cache(DualCache::new((0, 0), None)));
        let block = Block::new(0, 2, 4);
        let (rows, sees) = chosen(&mut plan, &block);
        assert_eq!(rows, sees, "a block opens");
        let (rows, again) = chosen(&mut plan, &block);
        assert_eq!((rows, again), (vec![2, 3], sees));
    }
}
