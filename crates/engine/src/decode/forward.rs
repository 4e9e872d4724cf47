//! The border to the network: positions go out, records come back.

use serde::{Deserialize, Serialize};

use super::{Canvas, Plan};
use crate::{Record, Result};

/// Which logits confidence is measured on. The two must not be mixed within a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Convention {
    /// Records are taken on the raw logits; temperature chooses the token but does not enter
    /// its confidence (LLaDA).
    #[default]
    Llada,
    /// Records are taken on the tempered logits, confidence included (Dream, DiffuCoder, SDAR).
    Dream,
}

/// How a row proposes its token.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Proposal {
    /// Where confidence is measured.
    pub convention: Convention,
    /// 0 proposes the likeliest token; above, a Gumbel-max sample of `softmax(logits / T)`.
    pub temperature: f32,
    /// Noise is a function of (seed, step, position, token).
    pub seed: u64,
}

/// The network, as the loop sees it.
pub trait Forward {
    /// Evaluates the network on `canvas` and returns the records of `plan.records`, in that
    /// order. A record describes the prediction *for* its position, whatever the model's shift,
    /// with MASK banned.
    ///
    /// # Errors
    /// Whatever the executor reports. The loop has changed nothing then and can be stepped again.
    #[expect(
        async_fn_in_trait,
        reason = "futures of a browser's GPU are not Send, so callers may not ask for it"
    )]
    async fn forward(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Result<Vec<Record>>;
}
