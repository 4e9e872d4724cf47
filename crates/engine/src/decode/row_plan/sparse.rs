//! The block on the part of the keys outside it that its queries ask for most (Sparse-dLLM).

use std::ops::Range;

use super::super::method::{Method, Parameter};
use super::{Block, Canvas, Layers, Plan, RowPlan, Rows, Splice, full_attention};

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "sparse",
    doc: "Forwards everything twice when a block opens and afterwards the block alone. In the second forward every layer chooses the keys outside the block that its queries score highest; the steps after it see no others. An approximation: as \"dual\", with less to attend to.",
    source: "Sparse-dLLM, arXiv 2508.02558",
    parameters: &[
        Parameter::probability(
            "keep",
            0.5,
            "Part of the keys outside the block that each layer keeps.",
        ),
        Parameter::derived_count(
            "refresh",
            1,
            "Everything is forwarded again after so many forwards; only when another block opens where absent.",
        ),
    ],
    build: |values, setup| {
        full_attention("sparse", setup)?;
        Ok(Box::new(SparseCache::new(
            values.real("keep"),
            values.given_count("refresh"),
        )))
    },
};

/// Two full forwards when a block opens, and again every `refresh` forwards; the second one chooses
/// keys. Between them the block, which sees those keys and itself.
pub struct SparseCache {
    keep: f32,
    refresh: Option<u32>,
    /// The block of the last full forwards, and its positions from the first mask on: a prompt that
    /// comes on top of the first block is outside it.
    block: Option<(u32, Range<u32>)>,
    /// Forwards since the first of them, that one included.
    age: u32,
}

impl SparseCache {
    /// Keeps the part `keep` of the keys outside the block.
    #[must_use]
    pub fn new(keep: f32, refresh: Option<u32>) -> Self {
        Self {
            keep,
            refresh,
            block: None,
            age: 0,
        }
    }

    /// The positions of the open block; its age begins anew with another block, or where it is old.
    fn open(&mut self, canvas: &Canvas, block: &Block) -> Range<u32> {
        match &self.block {
            Some((index, range)) if *index == block.index => {
                if self.refresh.is_some_and(|refresh| self.age >= refresh) {
                    self.age = 0;
                }
                range.clone()
            }
            _ => {
                let first = canvas.masked_in(block.range()).next();
                let range = first.unwrap_or(block.start)..block.end;
                (self.block, self.age) = (Some((block.index, range.clone())), 0);
                range
            }
        }
    }
}

impl RowPlan for SparseCache {
    fn plan(&mut self, canvas: &Canvas, block: &Block, wanted: &[u32], step: u32) -> Plan {
        let range = self.open(canvas, block);
        self.age += 1;
        let is_inside = |position: &u32| range.contains(position);
        let reached: Vec<u32> = wanted.iter().copied().filter(is_inside).collect();
        let (rows, records, layers) = match self.age {
            // A record outside the block is no reason to give up what was chosen.
            age if age == 1 || reached.is_empty() => (0..canvas.len(), wanted, Layers::Alike),
            2 => {
                let (block, keep) = (range, self.keep);
                (0..canvas.len(), wanted, Layers::Evict { block, keep })
            }
            _ => (range.clone(), reached.as_slice(), Layers::Kept(range)),
        };
        Plan {
            layers,
            ..Plan::new(Rows::among(rows, canvas), records, step)
        }
    }

    fn spliced(&mut self, _splice: &Splice) {
        // Positions moved: what was chosen of them is nobody's any more.
        self.block = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Segment;

    fn plans(refresh: Option<u32>, blocks: &[u32]) -> Vec<Plan> {
        let canvas = Canvas::new(&[1, 1], &[Segment::Masked(12)], 0);
        let mut cache = SparseCache::new(0.5, refresh);
        let mut plan = |index: &u32| {
            let start = 2 + index * 4;
            let block = Block::new(*index, start, start + 4);
            cache.plan(&canvas, &block, &[start, 13], 0)
        };
        blocks.iter().map(&mut plan).collect()
    }

    fn kinds(plans: &[Plan]) -> Vec<&'static str> {
        let kind = |plan: &Plan| match plan.layers {
            Layers::Alike => "full",
            Layers::Evict { .. } => "evict",
            Layers::Kept(_) => "kept",
            ref other => panic!("{other:?}"),
        };
        plans.iter().map(kind).collect()
    }

    #[test]
    fn keys_are_chosen_in_the_second_forward_of_a_block() {
        let plans = plans(None, &[0, 0, 0, 0, 1, 1, 1]);
        assert_eq!(
            kinds(&plans),
            ["full", "evict", "kept", "kept", "full", "evict", "kept"]
        );
        let Rows::Chosen { rows, .. } = &plans[6].rows else {
            panic!("{:?}", plans[6].rows)
        };
        assert_eq!(rows, &[6, 7, 8, 9]);
        assert_eq!(plans[5].records, [6, 13]);
        assert_eq!(plans[6].records, [6], "what is outside is not reached");
        let (block, keep) = (6..10, 0.5);
        assert_eq!(plans[5].layers, Layers::Evict { block, keep });
        assert_eq!(plans[6].layers, Layers::Kept(6..10));
    }

    #[test]
    fn a_prompt_is_outside_the_first_block() {
        let canvas = Canvas::new(&[1, 1, 1], &[Segment::Masked(5)], 0);
        let mut cache = SparseCache::new(0.5, Some(2));
        let block = Block::new(0, 0, 6);
        let mut ranges = [0; 4].map(|_| match cache.plan(&canvas, &block, &[4], 0).layers {
            Layers::Evict { block, .. } => Some(block),
            _ => None,
        });
        assert_eq!(ranges[3].take(), Some(3..6), "a refresh keeps the block");
        assert_eq!(ranges[1].take(), Some(3..6));
        assert_eq!(ranges, [const { None }; 4]);
    }

    #[test]
    fn what_is_old_is_chosen_anew() {
        let kinds = |refresh| kinds(&plans(Some(refresh), &[0; 4]));
        assert_eq!(kinds(1), ["full"; 4]);
        assert_eq!(kinds(2), ["full", "evict", "full", "evict"]);
        assert_eq!(kinds(3), ["full", "evict", "kept", "full"]);
    }

    #[test]
    fn records_outside_the_block_alone_are_those_of_a_full_forward() {
        let canvas = Canvas::new(&[], &[Segment::Masked(6)], 0);
        let mut cache = SparseCache::new(0.5, None);
        let block = Block::new(0, 0, 2);
        let plans = [[0], [0], [5]].map(|wanted| cache.plan(&canvas, &block, &wanted, 0));
        assert_eq!(kinds(&plans), ["full", "evict", "full"]);
        assert_eq!(plans[2].records, [5]);
    }
}
