//! Blocks that end where a line does (AdaBlock-dLLM).

use super::super::method::Parameter;
use super::{BLOCK, Block, Canvas, Method, Structure};
use crate::decode::Step;

pub(super) const METHOD: Method<dyn Structure> = Method {
    name: "adablock",
    doc: "Blocks, left to right, that end at the likeliest line break ahead; where none is likely enough they have the size of a block (32). For models with full attention.",
    source: "AdaBlock-dLLM, arXiv 2509.26432",
    parameters: &[
        Parameter::probability(
            "delimiter_threshold",
            0.3,
            "The least confidence of a line break that ends a block; Dream wants 0.5.",
        ),
        Parameter::probability(
            "window",
            0.25,
            "How far to look for a line break, as a part of the canvas.",
        ),
    ],
    build: |values, setup| {
        Ok(Box::new(AdaBlock {
            size: setup.block.unwrap_or(BLOCK).max(1),
            window: (f64::from(values.real("window")) * f64::from(setup.length())) as u32,
            threshold: values.real("delimiter_threshold"),
            delimiters: setup.vocabulary.delimiters.clone(),
            blocks: Vec::new(),
        }))
    },
};

/// Chooses where a block ends from the first forward on it (`compute_block_length`,
/// lgxi24/AdaBlock-dLLM).
///
/// Of the proposals in the window ahead that are delimiters, the surest ends the block if it has
/// at least the threshold; of equals the first. Otherwise the block has the default size. Either
/// way it ends with the canvas at the latest, and the same forward commits its first tokens. The
/// window is a part of the whole canvas, so a block may be longer than the default.
///
/// A block begins at the first open position behind the block before it: pinned text is passed
/// over, which the published sampler does not know. A position that is opened again reopens its
/// block.
pub struct AdaBlock {
    size: u32,
    window: u32,
    threshold: f32,
    delimiters: Vec<u32>,
    /// The blocks so far, ascending.
    blocks: Vec<Block>,
}

impl AdaBlock {
    fn end(&self, step: &Step) -> u32 {
        let start = text_start(step.canvas, step.block.start);
        let window = start..start.saturating_add(self.window);
        let mut best: Option<(u32, f32)> = None;
        for row in step
            .rows
            .iter()
            .filter(|row| window.contains(&row.position))
        {
            let proposal = row.commit();
            let surer = best.is_none_or(|(_, confidence)| proposal.confidence > confidence);
            // Rows may describe written positions too, where a piece asked for them.
            let is_open = step.canvas.is_masked(row.position);
            if is_open && surer && self.delimiters.contains(&proposal.id) {
                best = Some((row.position, proposal.confidence));
            }
        }
        let end = match best {
            Some((position, confidence)) if confidence >= self.threshold => position + 1,
            _ => start.saturating_add(self.size),
        };
        end.min(step.canvas.len())
    }
}

/// Where a block that begins at `start` is measured from: open positions of the prompt come on top.
fn text_start(canvas: &Canvas, start: u32) -> u32 {
    start.max(canvas.prompt_len())
}

impl Structure for AdaBlock {
    fn open(&mut self, canvas: &Canvas) -> Option<Block> {
        let first = canvas.masked_in(0..canvas.len()).next()?;
        if let Some(known) = self.blocks.iter().find(|block| first < block.end) {
            return Some(*known);
        }
        let reach = self.size.max(self.window);
        let end = text_start(canvas, first).saturating_add(reach);
        let index = self.blocks.len() as u32;
        Some(Block::new(index, first, end.min(canvas.len())))
    }

    fn settle(&mut self, step: &Step) -> Vec<Block> {
        let mut block = step.block;
        if block.index as usize == self.blocks.len() {
            block.end = self.end(step);
            self.blocks.push(block);
        }
        vec![block]
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, NEWLINE, STOP, advance, built, open, rows, template};
    use super::*;

    /// The end of the first block over a canvas of eight, by what each position proposes.
    fn end(text: &str, proposals: &[(u32, f32)]) -> u32 {
        let mut canvas = open(8);
        let mut piece = built(text, Some(3), &canvas);
        let (blocks, spliced) = advance(&mut *piece, &mut canvas, &rows(proposals), &[]);
        assert_eq!((blocks.len(), spliced), (1, vec![]));
        assert_eq!((blocks[0].start, blocks[0].index), (1, 0));
        blocks[0].end
    }

    #[test]
    fn the_surest_delimiter_in_the_window_ends_the_block() {
        let wide = "adablock:window=1";
        let text = (2, 0.9);
        let line = |confidence| (NEWLINE, confidence);
        assert_eq!(end(wide, &[text; 8]), 4, "no delimiter: the size");
        assert_eq!(end(wide, &[text, line(0.5), text, text]), 3);
        assert_eq!(end(wide, &[line(0.4), text, text, text, line(0.5)]), 6);
        assert_eq!(
            end(wide, &[text, line(0.5), line(0.5)]),
            3,
            "of equals the first"
        );
        assert_eq!(end(wide, &[text, line(0.2), text]), 4, "not sure enough");
        // A quarter of eight positions is a window of two.
        assert_eq!(end("adablock", &[text, line(0.5)]), 3);
        assert_eq!(end("adablock", &[text, text, line(0.5)]), 4);
        assert_eq!(end("adablock:window=0", &[line(0.5)]), 4);
    }

    #[test]
    fn the_threshold_itself_passes() {
        let sure = rows(&[(NEWLINE, 0.5)])[0].commit().confidence;
        let at = |threshold: f32| {
            end(
                &format!("adablock:delimiter_threshold={threshold}"),
                &[(NEWLINE, 0.5)],
            )
        };
        assert_eq!((at(sure), at(sure.next_up())), (2, 4));
    }

    #[test]
    fn blocks_follow_each_other_and_pass_pins_over() {
        let mut canvas = template(&[MASK, MASK, 5, 5, MASK, MASK]);
        let mut piece = built("adablock:window=1", Some(2), &canvas);
        let line = rows(&[(NEWLINE, 0.9)]);
        let (blocks, _) = advance(&mut *piece, &mut canvas, &line, &[(1, NEWLINE)]);
        assert_eq!(blocks, [Block::new(0, 1, 2)]);
        let (blocks, _) = advance(&mut *piece, &mut canvas, &[], &[(2, 2)]);
        assert_eq!(blocks, [Block::new(1, 2, 4)]);
        let (blocks, _) = advance(&mut *piece, &mut canvas, &[], &[(5, 2)]);
        assert_eq!(blocks, [Block::new(2, 5, 7)]);
        let (blocks, _) = advance(&mut *piece, &mut canvas, &line, &[(6, STOP)]);
        assert_eq!(blocks, [Block::new(2, 5, 7)], "settled once");
        assert_eq!(piece.open(&canvas), None);
        canvas.apply(&[super::super::fixtures::commit(2, MASK)], 1);
        assert_eq!(piece.open(&canvas), Some(Block::new(1, 2, 4)));
    }

    #[test]
    fn a_full_canvas_opens_nothing() {
        let canvas = template(&[5]);
        assert_eq!(built("adablock", None, &canvas).open(&canvas), None);
    }

    #[test]
    fn masks_of_the_prompt_come_on_top_of_the_first_block() {
        let canvas = Canvas::new(&[MASK, 1], &[crate::decode::Segment::Masked(5)], MASK);
        let mut canvas = canvas;
        let mut piece = built("adablock", Some(2), &canvas);
        let (blocks, _) = advance(&mut *piece, &mut canvas, &[], &[(0, 2)]);
        assert_eq!(blocks, [Block::new(0, 0, 4)]);
    }
}
