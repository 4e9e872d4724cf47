//! What a caller asks for: one type for the command line and the web.

use serde::{Deserialize, Serialize};

use crate::decode::{Convention, DecodeOptions, ExitPolicy, Proposal, Segment, SelectPolicy};
use crate::error::{Error, Result};
use crate::model::StatSpace;
use crate::text::{ChatMessage, TextCodec};

/// Open positions when a request names neither a length nor a canvas.
const DEFAULT_LENGTH: u32 = 64;

/// Which proposals are committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SelectChoice {
    /// The surest few of each step, by a fixed budget.
    Even,
    /// Everything at least `threshold` sure, and always the surest.
    #[default]
    Threshold,
}

/// Where confidence is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConventionChoice {
    /// As the checkpoint's family does.
    #[default]
    Auto,
    /// On raw logits.
    Llada,
    /// On logits divided by the temperature.
    Dream,
}

/// A stretch of the canvas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CanvasSegment {
    /// Text that stays.
    Text(String),
    /// So many open positions.
    Mask(u32),
    /// Tokens that stay; MASK among them is open.
    Ids(Vec<u32>),
}

/// A generation. Absent fields take their defaults; unknown fields are refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GenerateRequest {
    /// Text that the canvas continues.
    pub prompt: Option<String>,
    /// A conversation that the canvas answers, by the checkpoint's chat template.
    pub chat: Option<Vec<ChatMessage>>,
    /// The canvas; `length` open positions where absent.
    pub canvas: Option<Vec<CanvasSegment>>,
    /// Open positions (64).
    pub length: Option<u32>,
    /// Positions of a block, decoded left to right; the whole canvas where absent.
    pub block: Option<u32>,
    /// Which proposals are committed (threshold).
    pub select: SelectChoice,
    /// For `threshold`: the least confidence that is committed, 0 to 1 (0.9).
    pub threshold: Option<f32>,
    /// For `even`: steps over the whole canvas; one per open position where absent.
    pub steps: Option<u32>,
    /// Where confidence is measured.
    pub convention: ConventionChoice,
    /// 0 takes the likeliest tokens; above, tokens are sampled.
    pub temperature: f32,
    /// Seed of the sampling noise.
    pub seed: u64,
}

impl GenerateRequest {
    /// The prompt's tokens.
    ///
    /// # Errors
    /// `bad_input` when there are two prompts, or the text cannot be encoded.
    pub fn prompt_ids(&self, text: &TextCodec) -> Result<Vec<u32>> {
        match (&self.prompt, &self.chat) {
            (Some(_), Some(_)) => Err(Error::bad_input(
                "the request has a prompt and a chat; give one of them",
            )),
            (Some(prompt), None) => text.encode(prompt),
            (None, Some(messages)) => text.chat(messages),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// The canvas behind the prompt.
    ///
    /// # Errors
    /// `bad_input` when it is given twice or its text cannot be encoded.
    pub fn segments(&self, text: &TextCodec) -> Result<Vec<Segment>> {
        let Some(canvas) = &self.canvas else {
            return Ok(vec![Segment::Masked(self.length.unwrap_or(DEFAULT_LENGTH))]);
        };
        if self.length.is_some() {
            return Err(Error::bad_input(
                "the request has a canvas and a length; the canvas gives its own length, leave one out",
            ));
        }
        let segment = |segment: &CanvasSegment| match segment {
            CanvasSegment::Text(words) => Ok(Segment::Pinned(text.encode(words)?)),
            CanvasSegment::Mask(count) => Ok(Segment::Masked(*count)),
            CanvasSegment::Ids(ids) => Ok(Segment::Pinned(ids.clone())),
        };
        canvas.iter().map(segment).collect()
    }

    /// The options of the loop; `family` is the checkpoint's own convention.
    ///
    /// # Errors
    /// `bad_input` for an option that the chosen select policy does not have.
    pub fn decode_options(&self, family: StatSpace) -> Result<DecodeOptions> {
        let convention = match (self.convention, family) {
            (ConventionChoice::Llada, _) | (ConventionChoice::Auto, StatSpace::Raw) => {
                Convention::Llada
            }
            (ConventionChoice::Dream, _) | (ConventionChoice::Auto, StatSpace::Tempered) => {
                Convention::Dream
            }
        };
        Ok(DecodeOptions {
            block: self.block,
            select: self.select_policy()?,
            exit: ExitPolicy::Eos,
            proposal: Proposal {
                convention,
                temperature: self.temperature,
                seed: self.seed,
            },
        })
    }

    fn select_policy(&self) -> Result<SelectPolicy> {
        match (self.select, self.threshold, self.steps) {
            (SelectChoice::Even, Some(_), _) => Err(Error::bad_input(
                "threshold belongs to select \"threshold\"; leave it out or choose that",
            )),
            (SelectChoice::Threshold, _, Some(_)) => Err(Error::bad_input(
                "steps belongs to select \"even\"; leave it out or choose that",
            )),
            (SelectChoice::Even, None, steps) => Ok(SelectPolicy::Even { steps }),
            (SelectChoice::Threshold, Some(threshold), None) => {
                Ok(SelectPolicy::Threshold { threshold })
            }
            (SelectChoice::Threshold, None, None) => Ok(SelectPolicy::default()),
        }
    }
}
