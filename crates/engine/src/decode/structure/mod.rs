//! Which positions are open for commits: blocks, windows, length.

mod adablock;
mod daedal;
mod dreamon;
mod end_of_text;
mod fixed_blocks;
mod length;
mod pipelined;
mod rho_eos;
mod sub_blocks;

use std::ops::Range;

pub use adablock::AdaBlock;
pub use daedal::Daedal;
pub use dreamon::DreamOn;
pub use end_of_text::EndOfText;
pub use fixed_blocks::FixedBlocks;
pub use pipelined::Pipelined;
pub use rho_eos::RhoEos;
pub use sub_blocks::SubBlocks;

use super::method::{Method, shipped};
use super::{Canvas, Commit, RowScope, Splice, Step};

/// Every structure method.
pub const METHODS: &[Method<dyn Structure>] = &shipped([
    fixed_blocks::METHOD,
    adablock::METHOD,
    daedal::METHOD,
    rho_eos::METHOD,
    dreamon::METHOD,
    end_of_text::METHOD,
    pipelined::METHOD,
    sub_blocks::METHOD,
]);

/// Positions of a block where the caller names none, of the methods that need one.
const BLOCK: u32 = 32;

/// The window that is being denoised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Counted from 0.
    pub index: u32,
    /// First absolute position.
    pub start: u32,
    /// One behind the last position.
    pub end: u32,
    /// Whether a step must commit something in it where something is eligible.
    pub must_commit: bool,
}

impl Block {
    /// Block `index`, positions `start..end`, in which every step commits something.
    #[must_use]
    pub fn new(index: u32, start: u32, end: u32) -> Self {
        Self {
            index,
            start,
            end,
            must_commit: true,
        }
    }

    /// Its positions.
    #[must_use]
    pub fn range(&self) -> Range<u32> {
        self.start..self.end
    }
}

/// Opens and closes blocks, and changes the length of the canvas.
pub trait Structure {
    /// The stretch that the next forward is for; `None` once nothing is open. Asking twice without
    /// a step between changes nothing.
    fn open(&mut self, canvas: &Canvas) -> Option<Block>;

    /// Rows it needs a record of.
    fn scope(&self) -> RowScope {
        RowScope::Eligible
    }

    /// Whether records change nothing about its blocks and lengths: a block closes when it is full.
    fn is_fixed(&self) -> bool {
        false
    }

    /// The blocks to decide about, now that the records of `step` are in (`step.block` is the
    /// stretch that was opened): that stretch, a part of it, several blocks, or none where the
    /// step only measures. Blocks do not overlap and ascend.
    fn settle(&mut self, step: &Step) -> Vec<Block> {
        vec![step.block]
    }

    /// Positions that may be committed in `block`, ascending; all masked.
    fn eligible(&self, canvas: &Canvas, block: &Block) -> Vec<u32> {
        canvas.masked_in(block.range()).collect()
    }

    /// Ids that the next forward may not propose, beside those of the run's guidance.
    fn banned(&self, _canvas: &Canvas) -> Vec<u32> {
        Vec::new()
    }

    /// Forwards that may pass without a commit: part of what bounds the loop.
    fn budget(&self) -> u32 {
        0
    }

    /// Lengthens or shortens the canvas after a step: `canvas` is as the step left it, `committed`
    /// is what it wrote. Every splice counts on the ones before it.
    fn after_apply(
        &mut self,
        _canvas: &Canvas,
        _committed: &[Commit],
        _step: &Step,
    ) -> Vec<Splice> {
        Vec::new()
    }
}

#[cfg(test)]
mod fixtures {
    use super::*;
    use crate::Record;
    use crate::decode::method::{Choice, Setup, build};
    use crate::decode::{Row, Segment, Vocabulary};
    use crate::{ErrorCode, Result};

    pub const MASK: u32 = 9;
    pub const STOP: u32 = 0;
    pub const EXPAND: u32 = 8;
    pub const NEWLINE: u32 = 7;

    pub fn vocabulary() -> Vocabulary {
        Vocabulary {
            mask_id: MASK,
            stop_ids: vec![STOP],
            delimiters: vec![NEWLINE],
            expand_id: Some(EXPAND),
            size: 10,
            ..Vocabulary::default()
        }
    }

    /// The method that `text` describes, over `canvas` in blocks of `block`.
    pub fn built(text: &str, block: Option<u32>, canvas: &Canvas) -> Box<dyn Structure> {
        named(text, block, canvas, &vocabulary()).unwrap()
    }

    pub fn named(
        text: &str,
        block: Option<u32>,
        canvas: &Canvas,
        vocabulary: &Vocabulary,
    ) -> Result<Box<dyn Structure>> {
        let setup = Setup {
            canvas,
            vocabulary,
            block,
            grid: None,
            tri_mode: false,
            seed: 0,
        };
        let choice: Choice = text.parse()?;
        build("structure", METHODS, &choice, &setup)
    }

    /// Checks that `name` says what it needs where `vocabulary` lacks it.
    pub fn is_refused(name: &str, vocabulary: &Vocabulary) {
        let error = named(name, None, &open(4), vocabulary).err().unwrap();
        assert_eq!(error.code, ErrorCode::BadInput);
        assert!(error.message.contains(name), "{error}");
    }

    pub fn open(count: u32) -> Canvas {
        Canvas::new(&[1], &[Segment::Masked(count)], MASK)
    }

    /// A canvas behind the prompt `[1]`; MASK is open, other tokens are pinned.
    pub fn template(ids: &[u32]) -> Canvas {
        Canvas::new(&[1], &[Segment::Pinned(ids.to_vec())], MASK)
    }

    pub fn commit(position: u32, id: u32) -> Commit {
        Commit {
            position,
            id,
            confidence: 1.0,
        }
    }

    /// The row of a position that proposes `token` so surely.
    pub fn row(position: u32, token: u32, confidence: f32) -> Row {
        let rest = (1.0 - confidence).ln();
        let logit = confidence.ln();
        let record = Record {
            top1: token,
            top2: 1,
            samp: token,
            l1: logit,
            l2: rest,
            lse: 0.0,
            ent: 1.0 - confidence,
            l_cur: rest,
            l_eos: if token == STOP { logit } else { rest },
            l_samp: logit,
        };
        Row::new(position, record)
    }

    /// Rows for the positions behind the prompt `[1]`.
    pub fn rows(proposals: &[(u32, f32)]) -> Vec<Row> {
        let proposals = proposals.iter().zip(1..);
        let row =
            |(&(token, confidence), position): (&(u32, f32), u32)| row(position, token, confidence);
        proposals.map(row).collect()
    }

    pub fn step<'a>(canvas: &'a Canvas, block: Block, rows: &'a [Row]) -> Step<'a> {
        Step {
            number: 0,
            block,
            canvas,
            rows,
            shadows: &[],
            branches: &[],
            verified: &[],
        }
    }

    /// One step of `piece` that commits `commits`: the blocks it settled on, and its splices. The
    /// canvas is as they leave it.
    pub fn advance(
        piece: &mut dyn Structure,
        canvas: &mut Canvas,
        rows: &[Row],
        commits: &[(u32, u32)],
    ) -> (Vec<Block>, Vec<Splice>) {
        let block = piece.open(canvas).expect("something is open");
        let before = canvas.clone();
        let step = step(&before, block, rows);
        let blocks = piece.settle(&step);
        let committed: Vec<Commit> = commits.iter().map(|&(p, id)| commit(p, id)).collect();
        canvas.apply(&committed, 0);
        let spliced = piece.after_apply(canvas, &committed, &step);
        for splice in &spliced {
            canvas.splice(splice);
        }
        (blocks, spliced)
    }

    pub fn splice(at: u32, removed: u32, inserted: &[u32]) -> Splice {
        Splice {
            at,
            removed,
            inserted: inserted.to_vec(),
        }
    }
}
