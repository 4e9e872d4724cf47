//! One model drafts, another verifies (DEER, arXiv 2512.15176).
//!
//! A diffusion model fills the next positions in one forward; a causal model reads them in one
//! forward of its own and keeps those that it would have written itself (`select` `"jacobi"`). The
//! text is the causal model's, token for token.

use serde::{Deserialize, Serialize};

use super::generation::Stage;
use super::{Generation, LoadedModel};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::model::Attention;
use crate::network::{Ask, Rows};

/// Tokens of a draft where the caller names none.
pub const DRAFT_LENGTH: u32 = 8;

/// What one forward of a drafter told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The likeliest tokens of the next positions.
    pub tokens: Vec<u32>,
    /// Rows of the drafter's network that were forwarded.
    pub rows: u64,
    /// Seconds that it took.
    pub seconds: f64,
}

impl LoadedModel {
    /// The likeliest tokens of the `length` positions behind `ids`, all at once.
    ///
    /// # Errors
    /// `bad_input` for a causal model, or ids that are not the model's; `context_overflow`.
    pub async fn draft(&mut self, ids: &[u32], length: u32) -> Result<Draft> {
        let clock = Clock::start();
        let spec = self.network.spec();
        if spec.attention == Attention::Causal {
            return Err(Error::bad_input(
                "a drafter fills masks, and this model is causal; give a diffusion model",
            ));
        }
        let (start, shift) = (ids.len() as u32, spec.shift);
        let room = (spec.context as u32).saturating_sub(start);
        let positions = start..start + length.min(room);
        if positions.is_empty() {
            return Ok(Draft::default());
        }
        let mut sequence = ids.to_vec();
        sequence.resize(positions.end as usize, self.vocabulary.mask_id);
        let row = |position| RecordRow {
            row: shift.row_of(position),
            key: 0,
            current: NO_TOKEN,
            scale: 1.0,
            noise: 0.0,
        };
        let ask = Ask {
            forward: Rows::Changed,
            ..Ask::records(positions.map(row).collect())
        };
        let readout = self.read(&sequence, &ask).await?;
        Ok(Draft {
            tokens: readout.records.iter().map(|record| record.top1).collect(),
            rows: readout.forwarded as u64,
            seconds: clock.seconds(),
        })
    }
}

impl Generation {
    /// Prompt and canvas up to the first mask, which a drafter goes on from; `None` where the next
    /// forward would try no draft.
    #[must_use]
    pub fn written(&self) -> Option<&[u32]> {
        let written = self.run.written();
        let tries = matches!(self.stage, Stage::Denoise) && written.len() < self.run.length();
        tries.then_some(written)
    }

    /// Has the next step of a run with `select` `"jacobi"` try a draft of what comes after
    /// [`Self::written`]. It counts as a forward of the generation.
    pub fn offer(&mut self, draft: &Draft) {
        self.run.offer(&draft.tokens);
        self.spend(u32::from(draft.rows > 0), draft.rows, draft.seconds);
    }

    /// Has `drafter` guess the next tokens, as many as the request's `draft` says, and offers them.
    ///
    /// # Errors
    /// `bad_input` where the two models have different vocabularies or the drafter is causal; what
    /// the device reports.
    pub async fn draft(&mut self, verifier: &LoadedModel, drafter: &mut LoadedModel) -> Result<()> {
        if self.run.has_prefix() {
            return Err(Error::bad_input(
                "a drafter reads tokens, and the rows of a prefix are none; leave one of them out",
            ));
        }
        let length = self.request.draft.unwrap_or(DRAFT_LENGTH);
        let Some(written) = self.written() else {
            return Ok(());
        };
        let [own, other] = [verifier, &*drafter].map(|model| model.network.spec().vocabulary);
        if own != other {
            return Err(Error::bad_input(format!(
                "the drafter has {other} tokens and the model {own}; they must share a tokenizer"
            )));
        }
        let draft = drafter.draft(written, length).await?;
        self.offer(&draft);
        Ok(())
    }
}
