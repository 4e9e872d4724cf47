//! The loop: one forward a step, then pure policy.

use super::{
    Canvas, Commit, DecodeOptions, Forward, Frame, Pieces, Proposal, Row, Verdict, Vocabulary,
};
use crate::{Error, Result};

/// A run: a canvas and the pieces that fill it.
pub struct Driver {
    canvas: Canvas,
    vocabulary: Vocabulary,
    proposal: Proposal,
    pieces: Pieces,
    forwards: u32,
    /// Forwards that no correct combination of pieces exceeds: every one commits something.
    bound: u32,
}

impl Driver {
    /// A run over `canvas` with the pieces that `options` name.
    ///
    /// # Errors
    /// `bad_input` for impossible options or a token outside the vocabulary;
    /// `unsupported_model` for special tokens that contradict each other.
    pub fn new(canvas: Canvas, vocabulary: Vocabulary, options: DecodeOptions) -> Result<Self> {
        options.check()?;
        let pieces = Pieces::new(&options, &canvas, &vocabulary);
        Self::with_pieces(canvas, vocabulary, options.proposal, pieces)
    }

    /// A run with pieces of the caller's own.
    ///
    /// # Errors
    /// As [`Driver::new`].
    pub fn with_pieces(
        canvas: Canvas,
        vocabulary: Vocabulary,
        proposal: Proposal,
        pieces: Pieces,
    ) -> Result<Self> {
        vocabulary.check()?;
        if let Some(id) = canvas.ids().iter().find(|&&id| id >= vocabulary.size) {
            return Err(Error::bad_input(format!(
                "token {id} is outside the model's vocabulary of {}; encode with its own tokenizer",
                vocabulary.size
            )));
        }
        Ok(Self {
            bound: canvas.masks() + pieces.revise.budget(),
            canvas,
            vocabulary,
            proposal,
            pieces,
            forwards: 0,
        })
    }

    /// What is written so far.
    #[must_use]
    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// Forwards so far.
    #[must_use]
    pub fn forwards(&self) -> u32 {
        self.forwards
    }

    /// One forward and what it changes; `None` once nothing is open.
    ///
    /// The order of the stages is part of the contract of the pieces.
    ///
    /// # Errors
    /// Those of `forward`, and `gpu` for records that are no statistics. Nothing has changed
    /// then: the step can be repeated with the same outcome.
    ///
    /// # Panics
    /// When a piece breaks its contract: writes to a pin, or lets a step pass without progress.
    pub async fn step<F: Forward>(&mut self, forward: &mut F) -> Result<Option<Frame>> {
        let Some(block) = self.pieces.structure.open(&self.canvas) else {
            return Ok(None);
        };
        assert!(
            self.forwards < self.bound,
            "{} forwards and still {} masks: a select piece commits nothing",
            self.forwards,
            self.canvas.masks()
        );
        let eligible = self.pieces.structure.eligible(&self.canvas, &block);
        let rows = self.read(forward, &eligible).await?;
        let step = self.forwards;
        self.forwards += 1;

        let candidates = eligible_rows(&rows, &eligible);
        let Pieces { select, revise, .. } = &mut self.pieces;
        let committed = select.select(&candidates, &block, &self.canvas);
        let revised = revise.revise(&rows, &committed, &self.canvas);
        self.canvas.apply(&committed, step);
        self.canvas.apply(&revised, step);
        let inserted = self.pieces.structure.after_apply(&mut self.canvas, &rows);
        self.bound += inserted.len() as u32;
        let filled = self.exit(&rows, step);

        let masks_left = self.canvas.masks();
        Ok(Some(Frame {
            step,
            block: block.index,
            forwards: self.forwards,
            committed,
            revised,
            filled,
            inserted,
            masks_left,
            finished: masks_left == 0,
            records: rows,
        }))
    }

    /// One forward: the plan goes out, the rows come back.
    async fn read<F: Forward>(&mut self, forward: &mut F, eligible: &[u32]) -> Result<Vec<Row>> {
        let row_plan = &mut self.pieces.row_plan;
        let plan = row_plan.plan(&self.canvas, eligible, self.forwards);
        let records = forward.forward(&self.canvas, &plan, &self.proposal).await?;
        Row::pair(&plan, &records, &self.vocabulary)
    }

    /// Asks whether the text has ended and carries the answer out.
    fn exit(&mut self, rows: &[Row], step: u32) -> Vec<Commit> {
        match self.pieces.exit.test(rows, &self.canvas) {
            Verdict::Continue => Vec::new(),
            Verdict::EndAt(stop) => {
                let filled = padding(&self.canvas, &self.vocabulary, stop);
                self.canvas.apply(&filled, step);
                filled
            }
        }
    }
}

/// The rows that may be committed: a position without a record is not eligible.
fn eligible_rows(rows: &[Row], eligible: &[u32]) -> Vec<Row> {
    let is_eligible = |row: &&Row| eligible.binary_search(&row.position).is_ok();
    rows.iter().filter(is_eligible).copied().collect()
}

/// What makes the canvas end at `stop`. Tokens committed behind it, by the same step or an
/// earlier one, are no part of the text and go too; given ones stay.
fn padding(canvas: &Canvas, vocabulary: &Vocabulary, stop: u32) -> Vec<Commit> {
    let id = vocabulary.filler(canvas.id(stop));
    (stop + 1..canvas.len())
        .filter(|&position| !canvas.is_pinned(position) && canvas.id(position) != id)
        .map(|position| Commit {
            position,
            id,
            confidence: 1.0,
        })
        .collect()
}
