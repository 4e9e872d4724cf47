//! The likelihood of a text under the loaded model.

use super::LoadedModel;
use crate::decode::Segment;
use crate::drivers::{Estimator, Scorer, TargetLikelihood};
use crate::error::{Error, Result};
use crate::kernels::head_stats::RecordRow;
use crate::model::Attention;
use crate::network::Ask;
use crate::request::GenerateRequest;

impl LoadedModel {
    /// Begins to score `text` behind the prompt or the chat of `request`. Nothing runs until
    /// [`Scorer::next`].
    ///
    /// # Errors
    /// `unsupported_model` for a causal model; `bad_input` for a text that is empty, holds the mask token or cannot be encoded, and for
    /// too few samples; `context_overflow`.
    pub fn score(
        &self,
        request: &GenerateRequest,
        text: &str,
        estimator: Estimator,
        samples: u32,
    ) -> Result<Scorer> {
        if self.network.spec().attention == Attention::Causal {
            return Err(Error::unsupported(
                "score estimates the likelihood of a masked diffusion model; this one is causal",
            ));
        }
        let context = request.prompt_ids(&self.text)?;
        let text = self.text.encode(text)?;
        let mask_id = self.vocabulary.mask_id;
        let scorer = Scorer::new(&context, &text, mask_id, estimator, samples, request.seed)?;
        let foreign = context
            .iter()
            .chain(&text)
            .any(|&id| id >= self.vocabulary.size);
        if foreign {
            return Err(Error::bad_input(
                "the text has tokens outside the model's vocabulary; use its own tokenizer",
            ));
        }
        self.check_length(context.len(), &[Segment::Pinned(text)])?;
        Ok(scorer)
    }
}

impl TargetLikelihood for LoadedModel {
    async fn log_likelihood(
        &mut self,
        ids: &[u32],
        positions: &[u32],
        targets: &[u32],
    ) -> Result<Vec<f32>> {
        let shift = self.network.spec().shift;
        let pairs = positions.iter().zip(targets);
        // A record tells the logit of the token that its row calls the present one.
        let row = |(&position, &target): (&u32, &u32)| RecordRow {
            row: shift.row_of(position),
            key: 0,
            current: target,
            scale: 1.0,
            noise: 0.0,
        };
        let rows: Vec<RecordRow> = pairs.map(row).collect();
        let records = self.network.read(ids, &Ask::records(rows)).await?.records;
        Ok(records
            .iter()
            .map(|record| record.l_cur - record.lse)
            .collect())
    }
}
