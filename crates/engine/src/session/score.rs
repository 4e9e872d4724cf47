//! The likelihood of a text under the loaded model.

use super::LoadedModel;
use crate::decode::Segment;
use crate::drivers::{DEFAULT_SAMPLES, Estimator, Scorer, TargetLikelihood};
use crate::error::{Error, Result};
use crate::kernels::head_stats::RecordRow;
use crate::model::Attention;
use crate::network::Ask;
use crate::request::ScoreRequest;

impl LoadedModel {
    /// Begins to score the text of `request` behind its prompt or chat. Nothing runs until
    /// [`Scorer::next`].
    ///
    /// # Errors
    /// `bad_input` for a text that is empty, holds the mask token or cannot be encoded, for an
    /// estimator that the model does not have, and for too few samples; `context_overflow`.
    pub fn score(&self, request: &ScoreRequest) -> Result<Scorer> {
        let context = request.prompt_ids(&self.text)?;
        let text = self.text.encode(&request.text)?;
        let samples = request.samples.unwrap_or(DEFAULT_SAMPLES);
        self.score_ids(&context, &text, request.estimator, samples, request.seed)
    }

    /// Begins to score the tokens `text` behind the tokens `context`. Without an `estimator` it is
    /// the exact one for a causal model, and Monte Carlo for any other.
    ///
    /// # Errors
    /// As [`Self::score`], and `bad_input` for tokens outside the vocabulary.
    pub fn score_ids(
        &self,
        context: &[u32],
        text: &[u32],
        estimator: Option<Estimator>,
        samples: u32,
        seed: u64,
    ) -> Result<Scorer> {
        let estimator = self.estimator(estimator)?;
        let mask_id = self.vocabulary.mask_id;
        let scorer = Scorer::new(context, text, mask_id, estimator, samples, seed)?;
        let size = self.network.spec().vocabulary as u32;
        if context.iter().chain(text).any(|&id| id >= size) {
            return Err(Error::bad_input(
                "the text has tokens outside the model's vocabulary; use its own tokenizer",
            ));
        }
        self.check_length(context.len(), &[Segment::Pinned(text.to_vec())])?;
        Ok(scorer)
    }

    /// The estimator that was asked for, if the model has it.
    fn estimator(&self, asked: Option<Estimator>) -> Result<Estimator> {
        let causal = self.network.spec().attention == Attention::Causal;
        match (causal, asked) {
            (true, None | Some(Estimator::Exact)) => Ok(Estimator::Exact),
            (true, Some(_)) => Err(Error::bad_input(
                "this model is causal, so its likelihood needs no estimate; leave the estimator \
                 out, or ask for exact",
            )),
            (false, Some(Estimator::Exact)) => Err(Error::bad_input(
                "exact likelihoods are those of causal models, and this one fills masks; leave \
                 the estimator out, or ask for monte-carlo or semi-deterministic",
            )),
            (false, asked) => Ok(asked.unwrap_or(Estimator::MonteCarlo)),
        }
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
