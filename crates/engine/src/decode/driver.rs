//! The loop: one forward a step, then pure policy.

use std::borrow::Cow;

use super::ahead::Ahead;
use super::{
    Block, Branch, Canvas, Commit, Continuation, DecodeOptions, Forward, Frame, Pieces, Plan,
    Proposal, Readout, Row, Rows, Splice, Step, Verdict, Vocabulary,
};
use crate::order;
use crate::{Error, Result};

/// Commits that a step is expected to have before there was one.
const PACE: u32 = 2;

/// What the forwards of a step told.
struct Looked {
    rows: Vec<Row>,
    shadows: Vec<Row>,
    branches: Vec<Continuation>,
    verified: Vec<Row>,
    forwards: u32,
    /// Rows of the network that were forwarded.
    forwarded: u32,
}

impl Looked {
    /// The step as its pieces see it.
    fn step<'a>(&'a self, number: u32, block: Block, canvas: &'a Canvas) -> Step<'a> {
        Step {
            number,
            block,
            canvas,
            rows: &self.rows,
            shadows: &self.shadows,
            branches: &self.branches,
            verified: &self.verified,
        }
    }
}

/// A run: a canvas and the pieces that fill it.
pub struct Driver {
    canvas: Canvas,
    vocabulary: Vocabulary,
    proposal: Proposal,
    pieces: Pieces,
    /// What the next forward is for; `None` once the run is over.
    next: Option<Block>,
    steps: u32,
    forwards: u32,
    /// Steps that the network may take at once.
    unroll: u32,
    /// Those that it took and that are not gone through yet.
    ahead: Ahead,
    committed: u32,
    /// Steps that no correct combination of pieces exceeds: every one commits something.
    bound: u32,
}

impl Driver {
    /// A run over `canvas` with the pieces that `options` name.
    ///
    /// # Errors
    /// `bad_input` for impossible options or a token outside the vocabulary;
    /// `unsupported_model` for special tokens that contradict each other.
    pub fn new(canvas: Canvas, vocabulary: Vocabulary, options: &DecodeOptions) -> Result<Self> {
        options.check()?;
        let pieces = Pieces::new(options, &canvas, &vocabulary)?;
        if options.unroll > 1 {
            pieces.check_leads(&canvas, &options.proposal)?;
        }
        let driver = Self::with_pieces(canvas, vocabulary, options.proposal.clone(), pieces)?;
        Ok(Self {
            unroll: options.unroll,
            ..driver
        })
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
        check_guidance(&proposal, &pieces)?;
        if let Some(id) = canvas.tokens().iter().find(|&&id| id >= vocabulary.size) {
            return Err(Error::bad_input(format!(
                "token {id} is outside the model's vocabulary of {}; encode with its own tokenizer",
                vocabulary.size
            )));
        }
        let mut driver = Self {
            bound: canvas
                .masks()
                .saturating_add(pieces.revise.budget())
                .saturating_add(pieces.structure.budget()),
            canvas,
            vocabulary,
            proposal,
            pieces,
            next: None,
            steps: 0,
            forwards: 0,
            unroll: 1,
            ahead: Ahead::default(),
            committed: 0,
        };
        driver.next = driver.pieces.structure.open(&driver.canvas);
        Ok(driver)
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

    /// One forward, or two where the select piece has a draft verified, and what they change; `None`
    /// once nothing is open.
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
        let Some(block) = self.next.map(|block| self.ahead(block)) else {
            return Ok(None);
        };
        assert!(
            self.steps < self.bound,
            "{} steps and still {} masks: a select piece commits nothing",
            self.steps,
            self.canvas.masks()
        );
        let looked = self.read(forward, &block).await?;
        let number = self.steps;
        self.steps += 1;
        self.forwards += looked.forwards;

        // The pieces decide about the canvas as the forward saw it.
        let before = self.canvas.clone();
        let step = looked.step(number, block, &before);
        let mut committed = self.select(&step);
        let mut revised = self.pieces.revise.revise(&committed, &step);
        self.canvas.apply(&committed, number);
        self.canvas.apply(&revised, number);
        let spliced = self.splice(&committed, &step);
        let filled = self.conclude(&step, &spliced, &mut committed, &mut revised);
        self.committed += committed.len() as u32;
        Ok(Some(Frame {
            step: number,
            block: block.index,
            forwards: self.forwards,
            rows: looked.forwarded,
            committed,
            revised,
            spliced,
            filled,
            masks_left: self.canvas.masks(),
            finished: self.next.is_none(),
            records: looked.rows,
        }))
    }

    /// `block` and the masks right behind it that the select piece decides about too.
    fn ahead(&self, block: Block) -> Block {
        let most = block.end.saturating_add(self.pieces.select.ahead());
        let most = most.min(self.canvas.len());
        let is_given = |position: &u32| !self.canvas.is_masked(*position);
        let end = (block.end..most).find(is_given).unwrap_or(most);
        Block { end, ..block }
    }

    /// Tokens that somebody drafted for the leftmost masks.
    pub fn offer(&mut self, tokens: &[u32]) {
        self.pieces.select.offer(tokens);
    }

    /// What the step sees: the forward of the plan, and that of the draft where there is one.
    async fn read<F: Forward>(&mut self, forward: &mut F, block: &Block) -> Result<Looked> {
        let plan = self.plan(block);
        let banned = self.pieces.structure.banned(&self.canvas);
        let mut ahead = std::mem::take(&mut self.ahead);
        let proposal = without(&self.proposal, banned);
        let readout = match ahead.take(&plan) {
            Some(readout) => readout,
            None => {
                let asked = (&plan, &*proposal);
                self.forward(forward, block, asked, &mut ahead).await?
            }
        };
        self.ahead = ahead;
        let mut rows = Row::pair(&plan, &readout, &self.vocabulary)?;
        let shadows = Row::pair_shadows(&plan, &readout, &self.vocabulary)?;
        let branches = Row::pair_branches(&plan, &readout, &self.vocabulary)?;
        if !plan.held.is_empty() {
            rows.extend(plan.held);
            rows.sort_unstable_by_key(|row| row.position);
        }
        let mut looked = Looked {
            rows,
            shadows,
            branches,
            verified: Vec::new(),
            forwards: 1,
            forwarded: readout.forwarded,
        };
        if let Some(plan) = self.verification(block, &looked.rows) {
            let readout = forward.forward(&self.canvas, &plan, &proposal).await?;
            looked.verified = Row::pair(&plan, &readout, &self.vocabulary)?;
            looked.forwards += 1;
            looked.forwarded += readout.forwarded;
        }
        self.pieces.row_plan.observe(&looked.rows);
        Ok(looked)
    }

    /// What the network tells of the step of `plan`. It takes the steps behind it in the same go
    /// where it may.
    async fn forward<F: Forward>(
        &self,
        forward: &mut F,
        block: &Block,
        (plan, proposal): (&Plan, &Proposal),
        ahead: &mut Ahead,
    ) -> Result<Readout> {
        let text = (&self.canvas, &self.vocabulary);
        let pace = self.committed.checked_div(self.steps).unwrap_or(PACE);
        let lead = self.pieces.lead(text, block, plan, (self.unroll, pace));
        let Some(lead) = lead else {
            return forward.forward(&self.canvas, plan, proposal).await;
        };
        let taken = forward.forward_ahead(&self.canvas, plan, proposal, &lead);
        let (forwarded, steps) = taken.await?;
        Ok(ahead.keep(plan, forwarded, steps))
    }

    /// The forward that verifies what the select piece drafts of `rows`.
    fn verification(&self, block: &Block, rows: &[Row]) -> Option<Plan> {
        let eligible = self.pieces.structure.eligible(&self.canvas, block);
        let candidates = eligible_rows(rows, &eligible);
        let guesses = self.pieces.select.draft(&candidates);
        let records = guesses.iter().map(|(position, _)| *position).collect();
        (!guesses.is_empty()).then_some(Plan {
            rows: Rows::Changed,
            records,
            guesses,
            reading: self.pieces.select.readings()[1],
            step: self.steps,
            ..Plan::default()
        })
    }

    /// What the pieces want to know.
    fn plan(&mut self, block: &Block) -> Plan {
        let pieces = &mut self.pieces;
        let wanted = pieces.wanted(&self.canvas, block);
        let mut plan = pieces
            .row_plan
            .plan(&self.canvas, block, &wanted, self.steps);
        plan.reading = pieces.select.readings()[0];
        plan.shadows = pieces.revise.shadows(&self.canvas, block);
        plan.kl = pieces.select.compares();
        if pieces.select.ahead() > 0 {
            let eligible = pieces.structure.eligible(&self.canvas, block);
            plan.guesses = pieces.select.guesses(&self.canvas, &eligible);
        }
        if pieces.select.speculates() {
            let mut eligible = pieces.structure.eligible(&self.canvas, block);
            eligible.retain(|position| plan.records.binary_search(position).is_ok());
            let branches = pieces.select.branches(&self.canvas, &eligible).into_iter();
            plan.branches = branches.map(|tokens| branch(tokens, &eligible)).collect();
        }
        if pieces.select.gathers() {
            let ids = plan.records.iter();
            plan.gather = ids
                .map(|&position| pieces.select.gather(position))
                .collect();
        }
        plan
    }

    /// What is committed in each of the blocks that are open in `step`.
    fn select(&mut self, step: &Step) -> Vec<Commit> {
        let mut committed = Vec::new();
        let blocks = self.pieces.structure.settle(step);
        // A continuation says nothing about a canvas where other blocks go on as well.
        let (branches, verified) = match blocks[..] {
            [block] if block == step.block => (step.branches, step.verified),
            _ => (&[][..], &[][..]),
        };
        for block in blocks {
            let eligible = self.pieces.structure.eligible(step.canvas, &block);
            let candidates = eligible_rows(step.rows, &eligible);
            let step = Step {
                block,
                branches,
                verified,
                ..*step
            };
            committed.extend(self.pieces.select.select(&candidates, &step));
        }
        committed
    }

    /// Changes the length as the structure wants it.
    fn splice(&mut self, committed: &[Commit], step: &Step) -> Vec<Splice> {
        let structure = &mut self.pieces.structure;
        let spliced = structure.after_apply(&self.canvas, committed, step);
        for splice in &spliced {
            self.canvas.splice(splice);
            self.pieces.spliced(splice);
            self.bound = self.bound.saturating_add(splice.inserted.len() as u32);
        }
        spliced
    }

    /// Decides what the next forward is for. Whether the text has ended is asked once its block
    /// needs no further look: a token that may still be revised is no end, and once the text has
    /// ended nothing is read again. What is returned is padding.
    fn conclude(
        &mut self,
        step: &Step,
        spliced: &[Splice],
        committed: &mut Vec<Commit>,
        revised: &mut [Commit],
    ) -> Vec<Commit> {
        let mut again = self.again(&step.block);
        let mut filled = Vec::new();
        if again.is_none() {
            match self.pieces.exit.test(step, &self.canvas) {
                Verdict::Continue => {}
                Verdict::EndAt(stop) => {
                    filled = padding(&self.canvas, &self.vocabulary, stop);
                    self.canvas.apply(&filled, step.number);
                }
                Verdict::FillAll => {
                    self.fill_all(step, spliced, committed, revised);
                    again = self.again(&step.block);
                }
            }
        }
        self.next = again.or_else(|| self.pieces.structure.open(&self.canvas));
        filled
    }

    /// Writes every proposal that is still open; they count as committed.
    fn fill_all(
        &mut self,
        step: &Step,
        spliced: &[Splice],
        committed: &mut Vec<Commit>,
        revised: &mut [Commit],
    ) {
        let proposals = open_proposals(step.rows, spliced, &self.canvas);
        self.canvas.apply(&proposals, step.number);
        // Frames number positions as they were before the splices of their step.
        let written = |row: &&Row| {
            moved(row.position, spliced)
                .is_some_and(|now| proposals.iter().any(|p| p.position == now))
        };
        for commit in step.rows.iter().filter(written).map(Row::commit) {
            // What this step opened again was overwritten in the end, and a frame says so once.
            match revised.iter_mut().find(|r| r.position == commit.position) {
                Some(edit) => *edit = commit,
                None => committed.push(commit),
            }
        }
        order::sort(committed, |a, b| a.position.cmp(&b.position));
    }

    /// `block` once more, where it is full and the revision wants to read it again.
    fn again(&mut self, block: &Block) -> Option<Block> {
        let next = self.pieces.structure.open(&self.canvas);
        if next.is_some_and(|next| next.index == block.index) {
            return None;
        }
        self.pieces.revise.post_pass(&self.canvas, next.as_ref())
    }
}

/// Guidance and the repetition penalty go by the tokens of one canvas.
fn check_guidance(proposal: &Proposal, pieces: &Pieces) -> Result<()> {
    let guidance = &proposal.guidance;
    let depends = guidance.cfg_scale > 0.0 || guidance.repetition_penalty != 1.0;
    match depends && pieces.select.speculates() {
        true => Err(Error::bad_input(
            "the select method has the network read tokens that the canvas does not hold, which \
             cfg_scale and repetition_penalty do not allow; leave them out, or choose another method",
        )),
        false => Ok(()),
    }
}

/// The branch of `tokens`, with records of what is left open of `eligible`.
fn branch(tokens: Vec<(u32, u32)>, eligible: &[u32]) -> Branch {
    let is_open = |position: &&u32| tokens.iter().all(|(written, _)| written != *position);
    let records = eligible.iter().filter(is_open).copied().collect();
    Branch { tokens, records }
}

/// `proposal`, never proposing one of `banned`.
fn without(proposal: &Proposal, banned: Vec<u32>) -> Cow<'_, Proposal> {
    let mut proposal = Cow::Borrowed(proposal);
    if !banned.is_empty() {
        let bias = banned.into_iter().map(|id| (id, f32::NEG_INFINITY));
        proposal.to_mut().guidance.bias.extend(bias);
    }
    proposal
}

/// The rows that may be committed: a position without a record is not eligible.
fn eligible_rows(rows: &[Row], eligible: &[u32]) -> Vec<Row> {
    let is_eligible = |row: &&Row| eligible.binary_search(&row.position).is_ok();
    rows.iter().filter(is_eligible).copied().collect()
}

/// Where `position` is after `spliced`; `None` where it went.
fn moved(position: u32, spliced: &[Splice]) -> Option<u32> {
    spliced
        .iter()
        .try_fold(position, |position, splice| splice.moved(position))
}

/// The proposals of all positions that are open now.
fn open_proposals(rows: &[Row], spliced: &[Splice], canvas: &Canvas) -> Vec<Commit> {
    let proposal = |row: &Row| {
        let position = moved(row.position, spliced)?;
        let open = canvas.is_masked(position);
        open.then_some(Commit {
            position,
            ..row.commit()
        })
    };
    rows.iter().filter_map(proposal).collect()
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
