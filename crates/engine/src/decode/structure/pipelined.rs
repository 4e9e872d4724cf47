//! Several blocks at once, each waiting for the one before it (D2F, d3LLM).

use std::ops::Range;

use super::super::method::Parameter;
use super::length::first_stop;
use super::{BLOCK, Block, Canvas, Method, Structure};
use crate::decode::Step;

pub(super) const METHOD: Method<dyn Structure> = Method {
    name: "pipelined",
    doc: "Several blocks (of 32) are open at once: the next one opens when a part of the last is written, and must make progress when most of its predecessor is. For models distilled for it.",
    source: "D2F, arXiv 2508.09192; d3LLM (hao-ai-lab/d3LLM)",
    parameters: &[
        Parameter::word(
            "variant",
            &["d2f", "d3llm"],
            "d2f: every active block commits something, thresholds are exceeded; d3llm: the first one does and the block of the surest position, thresholds are reached.",
        ),
        Parameter::probability(
            "add",
            0.1,
            "The written part at which the next block opens.",
        ),
        Parameter::probability(
            "active",
            0.95,
            "The written part at which the next block becomes fully active.",
        ),
        Parameter::count(
            "open_blocks",
            1,
            4,
            "Blocks that are open at once, at most.",
        ),
    ],
    build: |values, setup| {
        Ok(Box::new(Pipelined {
            size: setup.block.unwrap_or(BLOCK).max(1),
            stop_ids: setup.vocabulary.stop_ids.clone(),
            is_d3llm: values.word("variant") == "d3llm",
            add: values.real("add"),
            active: values.real("active"),
            most: values.count("open_blocks"),
        }))
    },
};

/// The pipelines of D2F (zhijie-group/Discrete-Diffusion-Forcing) and of d3LLM (`d3llm_llada_generate_util.py`).
///
/// The first block with an open position is fully active. The block behind an open one opens when
/// the written part of that one is more than `add` (d3LLM: at least), and is fully active when it is
/// more than `active` (at least), or all of it; until then it is semi-active and may commit
/// nothing. In D2F every fully active block must commit something; in d3LLM the first block must,
/// and the one that holds the open position of least entropy. Written is counted among what was
/// not given.
///
/// Once an end token is written behind everything pinned, what is behind it neither opens nor
/// counts while anything before it is open.
///
/// D2F appends its blocks, here all of them are on the canvas from the start. A block-causal model
/// does not see the difference. Bounding the open blocks is the handbook's.
pub struct Pipelined {
    size: u32,
    stop_ids: Vec<u32>,
    is_d3llm: bool,
    add: f32,
    active: f32,
    most: u32,
}

impl Pipelined {
    /// Positions of block `index` that lie before `limit`; those of the prompt come on top of the
    /// first block.
    fn range(&self, index: u32, canvas: &Canvas, limit: u32) -> Range<u32> {
        let at = |index: u32| {
            let offset = index.saturating_mul(self.size);
            canvas.prompt_len().saturating_add(offset).min(limit)
        };
        let start = if index == 0 { 0 } else { at(index) };
        start..at(index + 1)
    }

    /// Whether `part` has come as far as `threshold`, by the variant's comparison.
    fn reaches(&self, part: f32, threshold: f32) -> bool {
        match self.is_d3llm {
            true => part >= threshold,
            false => part > threshold,
        }
    }

    /// The blocks that are open on `canvas`; [`Block::must_commit`] is set on those that are fully active.
    fn blocks(&self, canvas: &Canvas) -> Vec<Block> {
        let Some(first) = canvas.masked_in(0..canvas.len()).next() else {
            return Vec::new();
        };
        let stop = first_stop(canvas, &self.stop_ids).filter(|&stop| first < stop);
        let limit = stop.unwrap_or(canvas.len());
        let mut index = first.saturating_sub(canvas.prompt_len()) / self.size;
        let mut blocks = Vec::new();
        let mut must_commit = true;
        loop {
            let range = self.range(index, canvas, limit);
            blocks.push(Block {
                must_commit,
                ..Block::new(index, range.start, range.end)
            });
            let part = written(canvas, &range);
            let is_last = range.end == limit || blocks.len() as u32 == self.most;
            if is_last || !(part == 1.0 || self.reaches(part, self.add)) {
                return blocks;
            }
            must_commit = part == 1.0 || self.reaches(part, self.active);
            index += 1;
        }
    }
}

/// The part of `range` that is written, of what was not given; all of it where nothing else is.
fn written(canvas: &Canvas, range: &Range<u32>) -> f32 {
    let free = range
        .clone()
        .filter(|&position| !canvas.is_pinned(position));
    let free = free.count();
    let open = canvas.masked_in(range.clone()).count();
    if free == 0 {
        return 1.0;
    }
    (free - open) as f32 / free as f32
}

/// The open position of least entropy; of equals the first.
fn least_entropy(step: &Step) -> Option<u32> {
    let rows = step.rows.iter();
    let open = rows.filter(|row| {
        step.block.range().contains(&row.position) && step.canvas.is_masked(row.position)
    });
    open.min_by(|a, b| a.record.ent.total_cmp(&b.record.ent))
        .map(|row| row.position)
}

impl Structure for Pipelined {
    fn open(&mut self, canvas: &Canvas) -> Option<Block> {
        let blocks = self.blocks(canvas);
        let (first, last) = (blocks.first()?, blocks.last()?);
        Some(Block::new(first.index, first.start, last.end))
    }

    fn settle(&mut self, step: &Step) -> Vec<Block> {
        let mut blocks = self.blocks(step.canvas);
        if self.is_d3llm {
            let surest = least_entropy(step);
            for (order, block) in blocks.iter_mut().enumerate() {
                let holds = surest.is_some_and(|surest| block.range().contains(&surest));
                block.must_commit = order == 0 || holds;
            }
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, STOP, advance, built, commit, open, rows, template};
    use super::*;
    use crate::decode::Segment;

    /// Index, start, end and duty of the blocks that are open on `canvas`.
    fn blocks(text: &str, canvas: &Canvas) -> Vec<(u32, u32, u32, bool)> {
        let mut piece = built(text, Some(4), canvas);
        let Some(block) = piece.open(canvas) else {
            return Vec::new();
        };
        let sure = rows(&[(2, 0.5); 12]);
        let step = super::super::fixtures::step(canvas, block, &sure);
        let blocks = piece.settle(&step);
        assert_eq!(blocks.first().map(|first| first.start), Some(block.start));
        assert_eq!(blocks.last().map(|last| last.end), Some(block.end));
        let told = |block: Block| (block.index, block.start, block.end, block.must_commit);
        blocks.into_iter().map(told).collect()
    }

    fn written_at(positions: &[u32]) -> Canvas {
        let mut canvas = open(12);
        for &position in positions {
            canvas.apply(&[commit(position, 2)], 0);
        }
        canvas
    }

    #[test]
    fn a_block_opens_behind_a_started_one_and_is_active_behind_a_full_one() {
        let text = "pipelined:active=0.5";
        assert_eq!(blocks(text, &written_at(&[])), [(0, 0, 5, true)]);
        let semi = [(0, 0, 5, true), (1, 5, 9, false)];
        assert_eq!(blocks(text, &written_at(&[2])), semi);
        assert_eq!(
            blocks(text, &written_at(&[2, 3])),
            semi,
            "half is not more than half"
        );
        let active = [(0, 0, 5, true), (1, 5, 9, true)];
        assert_eq!(blocks(text, &written_at(&[1, 2, 3])), active);
        let third = [(0, 0, 5, true), (1, 5, 9, true), (2, 9, 13, false)];
        assert_eq!(blocks(text, &written_at(&[1, 2, 3, 7])), third);
        let full = written_at(&[1, 2, 3, 4]);
        assert_eq!(blocks("pipelined:active=1", &full), [(1, 5, 9, true)]);
    }

    #[test]
    fn the_open_blocks_are_bounded() {
        let canvas = written_at(&[1, 2, 3, 7]);
        assert_eq!(blocks("pipelined:open_blocks=1", &canvas).len(), 1);
        assert_eq!(blocks("pipelined:open_blocks=2", &canvas).len(), 2);
        assert_eq!(blocks("pipelined:add=1", &canvas).len(), 1);
    }

    #[test]
    fn in_d3llm_equality_passes_and_the_first_and_the_surest_must_commit() {
        let text = "pipelined:variant=d3llm,add=0.25,active=0.5";
        let canvas = written_at(&[2, 7]);
        // All are equally sure, so the surest is the first.
        let expected = [(0, 0, 5, true), (1, 5, 9, false), (2, 9, 13, false)];
        assert_eq!(blocks(text, &canvas), expected);
        let mut proposals = [(2, 0.5); 12];
        proposals[10] = (2, 0.9);
        let mut piece = built(text, Some(4), &canvas);
        let mut canvas = canvas;
        let (blocks, _) = advance(&mut *piece, &mut canvas, &rows(&proposals), &[]);
        let duties: Vec<bool> = blocks.iter().map(|block| block.must_commit).collect();
        assert_eq!(duties, [true, false, true]);
    }

    #[test]
    fn an_end_closes_what_is_behind_it_while_anything_before_it_is_open() {
        let mut canvas = written_at(&[1, 2]);
        canvas.apply(&[commit(4, STOP), commit(6, 2)], 0);
        let text = "pipelined";
        assert_eq!(blocks(text, &canvas), [(0, 0, 4, true)]);
        canvas.apply(&[commit(3, 2)], 0);
        assert_eq!(
            blocks(text, &canvas)[0],
            (1, 5, 9, true),
            "the rest is filled too"
        );
    }

    #[test]
    fn given_tokens_do_not_count_as_written() {
        let canvas = template(&[MASK, MASK, 5, 5, MASK, 5]);
        assert_eq!(blocks("pipelined", &canvas), [(0, 0, 5, true)]);
        let canvas = template(&[5, 5, 5, 5, MASK]);
        assert_eq!(blocks("pipelined", &canvas), [(1, 5, 6, true)]);
    }

    #[test]
    fn a_full_canvas_opens_nothing_and_masks_of_the_prompt_come_first() {
        assert_eq!(blocks("pipelined", &template(&[5])), []);
        let canvas = Canvas::new(&[MASK, 1], &[Segment::Masked(5)], MASK);
        assert_eq!(blocks("pipelined", &canvas), [(0, 0, 6, true)]);
    }
}
