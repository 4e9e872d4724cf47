//! The network as the denoising loop sees it.

use std::ops::Range;

use super::LoadedModel;
use crate::decode::{
    Branch, Canvas, Convention, Forward, Layers, Lead, Led, Order, Plan, Proposal, Reading,
    Readout, Rows,
};
use crate::error::Result;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::kernels::select::Limit;
use crate::model::LogitShift;
use crate::network::{self, Ask, Decision, LogitRules, Shadow};
use crate::random;

/// The rows whose logits the last step kept for a comparison.
#[derive(Debug, Default)]
pub(super) struct Compared {
    length: u32,
    positions: Vec<u32>,
}

impl Forward for LoadedModel {
    async fn forward(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Result<Readout> {
        if matches!(plan.reading, Reading::OneByOne | Reading::Causal) {
            return self.verify(canvas, plan, proposal).await;
        }
        let rules = rules(proposal);
        let ask = self.ask(canvas, plan, proposal, &rules);
        let ids = self.guessed_ids(canvas, plan);
        let readout = self.network.read(&ids, &ask).await?;
        if plan.kl {
            self.compared = Compared {
                length: canvas.len(),
                positions: plan.records.clone(),
            };
        }
        Ok(told(readout, plan))
    }

    async fn forward_ahead(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
        lead: &Lead,
    ) -> Result<(u32, Vec<Led>)> {
        let rules = rules(proposal);
        let ask = self.ask(canvas, plan, proposal, &rules);
        let ids = self.network_ids(canvas);
        let decision = decision(plan, proposal.seed, lead);
        let taken = self.network.read_ahead(&ids, &ask, &decision).await?;
        let Some((forwarded, steps)) = taken else {
            let readout = self.network.read(&ids, &ask).await?;
            let only = Led {
                records: readout.records,
                committed: Vec::new(),
            };
            return Ok((readout.forwarded as u32, vec![only]));
        };
        let led = |step: network::Taken| Led {
            records: step.records,
            committed: step.committed,
        };
        Ok((forwarded as u32, steps.into_iter().map(led).collect()))
    }
}

/// What `lead` says about the steps from that of `plan` on, as the network takes it.
fn decision(plan: &Plan, seed: u64, lead: &Lead) -> Decision {
    let rule = &lead.rule;
    let limit = |(&[least, most], step): (&[u32; 2], u32)| Limit {
        least,
        most,
        next_key: random::step_key(seed, step),
    };
    Decision {
        by_entropy: rule.order == Order::Entropy,
        gamma: rule.gamma,
        limits: rule.counts.iter().zip(plan.step + 1..).map(limit).collect(),
        positions: plan.records.clone(),
        bars: rule.bars.clone(),
        text_start: lead.text_start,
        first_stop: lead.first_stop.unwrap_or(NO_TOKEN),
    }
}

impl Compared {
    /// The row of each position in the step before; none in the first step of a run, or where the
    /// canvas has another length since.
    fn rows_before(&self, canvas: &Canvas, plan: &Plan) -> Vec<u32> {
        let comparable = plan.step > 0 && self.length == canvas.len();
        let before = |position: &u32| match self.positions.binary_search(position) {
            Ok(row) if comparable => row as u32,
            _ => NO_TOKEN,
        };
        plan.records.iter().map(before).collect()
    }
}

impl LoadedModel {
    /// What a plan that does not verify asks for.
    fn ask<'a>(
        &self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
        rules: &'a LogitRules,
    ) -> Ask<'a> {
        let shift = self.network.spec().shift;
        let record = |&position: &u32| record_row(canvas, position, shift, plan.step, proposal);
        let branch = |branch: &Branch| network::Branch {
            tokens: branch.tokens.clone(),
            rows: branch.records.iter().map(record).collect(),
        };
        let shadow = |&position: &u32| Shadow { position };
        Ask {
            forward: forwarded(&plan.rows, shift),
            layers: layers(&plan.layers, shift),
            rows: plan.records.iter().map(record).collect(),
            shadows: plan.shadows.iter().map(shadow).collect(),
            reading: match plan.reading {
                // The token before the first mask is read together with the masks.
                Reading::Draft => network::Reading::CausalUntil(plan.records[0].saturating_sub(1)),
                _ => network::Reading::Own,
            },
            branches: plan.branches.iter().map(branch).collect(),
            guidance: rules,
            gather: plan.gather.clone(),
            kl: plan.kl.then(|| self.compared.rows_before(canvas, plan)),
            unconditional: (rules.cfg_scale > 0.0).then(|| self.unconditional(canvas)),
        }
    }

    /// The records of a plan that verifies: a row sees what is before it, in the block or everywhere.
    async fn verify(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Result<Readout> {
        let spec = self.network.spec();
        let start = spec.attention.block_start(plan.records[0]);
        let (shift, reading) = match plan.reading {
            Reading::Causal => (LogitShift::Next, network::Reading::CAUSAL),
            _ => (spec.shift, network::Reading::CausalFrom(start)),
        };
        let record = |&position: &u32| record_row(canvas, position, shift, plan.step, proposal);
        let records = plan.records.iter().map(record);
        // A row that predicts its own position may not see the token that is drafted for it.
        let open = |row: RecordRow| network::Branch {
            tokens: vec![(row.row, canvas.mask_id())],
            rows: vec![row],
        };
        let (rows, branches) = match shift {
            LogitShift::None => (Vec::new(), records.map(open).collect()),
            LogitShift::Next => (records.collect(), Vec::new()),
        };
        let rules = rules(proposal);
        let ask = Ask {
            forward: forwarded(&plan.rows, shift),
            guidance: &rules,
            reading,
            branches,
            ..Ask::records(rows)
        };
        let ids = self.guessed_ids(canvas, plan);
        let readout = self.network.read(&ids, &ask).await?;
        Ok(Readout {
            records: readout.records,
            forwarded: readout.forwarded as u32,
            ..Readout::default()
        })
    }

    /// The canvas's tokens with the guesses of the plan.
    fn guessed_ids(&self, canvas: &Canvas, plan: &Plan) -> Vec<u32> {
        let mut ids = self.network_ids(canvas);
        for &(position, id) in &plan.guesses {
            ids[position as usize] = id;
        }
        ids
    }

    /// The canvas's tokens as the network may be given them: a causal model's open positions hold
    /// any token, since no row that is read sees them.
    fn network_ids(&self, canvas: &Canvas) -> Vec<u32> {
        let size = self.network.spec().embedded as u32;
        let soft = self.network.spec().first_soft_id();
        let known = |&id: &u32| if id < size || id >= soft { id } else { 0 };
        canvas.ids().iter().map(known).collect()
    }

    /// The canvas with everything hidden that was given (LLaDA's unconditional sequence).
    fn unconditional(&self, canvas: &Canvas) -> Vec<u32> {
        let mut ids = self.network_ids(canvas);
        for (position, id) in (0..).zip(&mut ids) {
            if canvas.is_pinned(position) {
                *id = canvas.mask_id();
            }
        }
        ids
    }
}

/// The readout by what the plan asked for.
fn told(mut readout: network::Readout, plan: &Plan) -> Readout {
    let mut shadows = readout.records.split_off(plan.records.len());
    let mut branches = shadows.split_off(plan.shadows.len()).into_iter();
    let counts = plan.branches.iter().map(|branch| branch.records.len());
    let branches = counts.map(|count| branches.by_ref().take(count).collect());
    Readout {
        records: readout.records,
        forwarded: readout.forwarded as u32,
        shadows,
        branches: branches.collect(),
        gathered: readout.gathered,
        kl: readout.kl,
    }
}

/// The rows of a plan; with shifted logits, those that predict its positions as well.
fn forwarded(rows: &Rows, shift: LogitShift) -> network::Rows {
    match rows {
        Rows::All => network::Rows::All,
        Rows::Changed => network::Rows::Changed,
        Rows::Chosen { rows, sees } => network::Rows::Chosen {
            rows: with_predictors(rows, shift),
            sees: sees.clone(),
        },
    }
}

/// What a plan wants of the layers, in rows: a block has the row that predicts its first position.
fn layers(layers: &Layers, shift: LogitShift) -> network::Layers {
    let rows = |block: &Range<u32>| shift.row_of(block.start)..block.end;
    match layers {
        Layers::Alike => network::Layers::Alike,
        Layers::Evict { block, keep } => network::Layers::Evict {
            block: rows(block),
            keep: *keep,
        },
        Layers::Kept(block) => network::Layers::Kept(rows(block)),
        Layers::Adapt { from, ratio } => network::Layers::Adapt {
            from: shift.row_of(*from),
            ratio: *ratio,
        },
        Layers::Drift {
            threshold,
            window,
            written,
        } => network::Layers::Drift {
            threshold: *threshold,
            window: window.clone(),
            written: written.clone(),
        },
    }
}

/// `positions` and the rows that predict them.
fn with_predictors(positions: &[u32], shift: LogitShift) -> Vec<u32> {
    let predictors = positions.iter().map(|position| shift.row_of(*position));
    let mut rows: Vec<u32> = predictors.chain(positions.iter().copied()).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn rules(proposal: &Proposal) -> LogitRules {
    let guidance = &proposal.guidance;
    LogitRules {
        bias: guidance.bias.clone(),
        repetition_penalty: guidance.repetition_penalty,
        cfg_scale: guidance.cfg_scale,
        top_k: proposal.top_k,
        top_p: proposal.top_p,
        eos_last: guidance.eos_last,
    }
}

fn record_row(
    canvas: &Canvas,
    position: u32,
    shift: LogitShift,
    step: u32,
    proposal: &Proposal,
) -> RecordRow {
    let temperature = proposal.temperature;
    let (scale, noise) = match proposal.convention {
        _ if temperature == 0.0 => (1.0, 0.0),
        Convention::Llada => (1.0, temperature),
        Convention::Dream => (1.0 / temperature, 1.0),
    };
    RecordRow {
        row: shift.row_of(position),
        key: random::row_key(proposal.seed, step, position),
        current: match canvas.is_masked(position) {
            true => NO_TOKEN,
            false => canvas.id(position),
        },
        scale,
        noise,
    }
}
