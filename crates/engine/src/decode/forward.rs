//! The border to the network: positions go out, records come back.

use serde::{Deserialize, Serialize};

use super::{Canvas, Lead, Led, Plan};
use crate::{Record, Result};

/// Ids whose logits a row can be asked for.
pub const GATHER: usize = 8;

/// Fills the unused part of a row's ids to gather.
pub const NO_TOKEN: u32 = u32::MAX;

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposal {
    /// Where confidence is measured.
    pub convention: Convention,
    /// 0 proposes the likeliest token; above, a Gumbel-max sample of `softmax(logits / T)`.
    pub temperature: f32,
    /// Noise is a function of (seed, step, position, token).
    pub seed: u64,
    /// Keeps the so many likeliest tokens; absent: all.
    pub top_k: Option<u32>,
    /// Keeps the likeliest tokens that together reach this probability; absent: all.
    pub top_p: Option<f32>,
    /// How the logits are altered before any statistic.
    pub guidance: Guidance,
}

impl Proposal {
    /// Whether it takes the logits as they are, noise apart.
    pub(super) fn is_plain(&self) -> bool {
        let all = self.top_k.is_none() && self.top_p.is_none();
        all && self.guidance == Guidance::default()
    }
}

/// How logits are altered before a statistic is taken. The default alters nothing; MASK is banned
/// always.
#[derive(Clone, Debug, PartialEq)]
pub struct Guidance {
    /// Added to the logits of these ids; minus infinity bans one.
    pub bias: Vec<(u32, f32)>,
    /// Divides positive and multiplies negative logits of tokens that the canvas holds; 1: none.
    pub repetition_penalty: f32,
    /// Classifier-free guidance (LLaDA): `u + (scale + 1)(c - u)`, where `u` are the logits with
    /// every given token hidden; 0: none.
    pub cfg_scale: f32,
    /// Stop tokens have confidence 0 (LLaDA, `confidence_eos_eot_inf`): committed last.
    pub eos_last: bool,
}

impl Default for Guidance {
    fn default() -> Self {
        Self {
            bias: Vec::new(),
            repetition_penalty: 1.0,
            cfg_scale: 0.0,
            eos_last: false,
        }
    }
}

/// What a forward returns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readout {
    /// One for each of `plan.records`, in that order. A record describes the prediction *for* its
    /// position, whatever the model's shift, with MASK banned.
    pub records: Vec<Record>,
    /// Rows of the network that were forwarded.
    pub forwarded: u32,
    /// One for each of `plan.shadows`.
    pub shadows: Vec<Record>,
    /// For each of `plan.branches`, one for each of its records.
    pub branches: Vec<Vec<Record>>,
    /// The logits that `plan.gather` asks for, in stat space; empty where it asks for none.
    pub gathered: Vec<[f32; GATHER]>,
    /// KL divergence from the same position's distribution of the forward before, infinite where
    /// there was none; empty where the plan asks for none.
    pub kl: Vec<f32>,
}

/// The network, as the loop sees it.
pub trait Forward {
    /// Evaluates the network on `canvas` and reads what `plan` asks for.
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
    ) -> Result<Readout>;

    /// The forward of `plan` and of the steps that follow on it as `lead` says, as many as the
    /// network likes of them but the first at least; and the rows that each forwarded.
    ///
    /// # Errors
    /// As [`Forward::forward`].
    #[expect(
        async_fn_in_trait,
        reason = "futures of a browser's GPU are not Send, so callers may not ask for it"
    )]
    async fn forward_ahead(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
        _lead: &Lead,
    ) -> Result<(u32, Vec<Led>)> {
        let readout = self.forward(canvas, plan, proposal).await?;
        let only = Led {
            records: readout.records,
            committed: Vec::new(),
        };
        Ok((readout.forwarded, vec![only]))
    }
}
