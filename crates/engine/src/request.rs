//! What a caller asks for: one type for the command line and the web.

use serde::{Deserialize, Serialize};

use crate::decode::method::{Choice, Value, find};
use crate::decode::{Convention, DecodeOptions, Guidance, Preset, Proposal, Segment, select};
use crate::drivers::Estimator;
use crate::error::{Error, Result};
use crate::model::StatSpace;
use crate::text::{ChatMessage, TextCodec};

/// Open positions when a request names neither a length nor a canvas.
const DEFAULT_LENGTH: u32 = 64;

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

/// Runs under several block lengths and seeds, of which the majority answers (HEX, arXiv
/// 2510.05040).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VoteRequest {
    /// Block lengths, in the order in which they are tried; empty: the request's own.
    pub blocks: Vec<u32>,
    /// Seeds of each block length, from the request's on (1).
    pub seeds: Option<u32>,
}

/// A generation. Absent fields take their defaults; unknown fields are refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GenerateRequest {
    /// Text that the canvas continues.
    pub prompt: Option<String>,
    /// A conversation that the canvas answers, by the checkpoint's chat template.
    pub chat: Option<Vec<ChatMessage>>,
    /// Embeddings `[rows, hidden]` of rows in front of the prompt, as an encoder of images or sound
    /// makes them. They are seen like tokens and never change.
    pub prefix: Vec<f32>,
    /// The canvas; `length` open positions where absent.
    pub canvas: Option<Vec<CanvasSegment>>,
    /// Open positions (64).
    pub length: Option<u32>,
    /// Positions of a block, decoded left to right; the whole canvas where absent.
    pub block: Option<u32>,
    /// Choices that go together (balanced); what is given beside it wins.
    pub preset: Option<Preset>,
    /// Which proposals are committed (threshold).
    pub select: Option<Choice>,
    /// What is undone (none).
    pub revise: Option<Choice>,
    /// Which positions are open (blocks).
    pub structure: Option<Choice>,
    /// When to stop early (eos).
    pub exit: Option<Choice>,
    /// Which rows are forwarded (auto).
    pub cache: Option<Choice>,
    /// The `threshold` of the select method: the least confidence that is committed, 0 to 1.
    pub threshold: Option<f32>,
    /// The `steps` of the select method, over the whole canvas; one per open position where absent.
    pub steps: Option<u32>,
    /// Where confidence is measured.
    pub convention: ConventionChoice,
    /// 0 takes the likeliest tokens; above, tokens are sampled.
    pub temperature: f32,
    /// Seed of the sampling noise.
    pub seed: u64,
    /// Samples among the so many likeliest tokens.
    pub top_k: Option<u32>,
    /// Samples among the likeliest tokens that together reach this probability.
    pub top_p: Option<f32>,
    /// Ids that are never proposed.
    pub ban: Vec<u32>,
    /// Added to the logits of ids.
    pub bias: Vec<(u32, f32)>,
    /// Makes tokens that the canvas holds less likely; 1 does not.
    pub repetition_penalty: Option<f32>,
    /// Classifier-free guidance; 0 has none.
    pub cfg_scale: f32,
    /// Commits stop tokens only where nothing else is left.
    pub eos_last: bool,
    /// Steps that are taken in one go where no method wants to see every step (1); what is written
    /// stays the same.
    pub unroll: Option<u32>,
    /// Frames tell every record: what the network said of each position that it was asked about.
    pub records: bool,
    /// The likeliest answer, a token, of so many runs with different seeds.
    pub best_of: Option<u32>,
    /// The answer that most of several runs agree on.
    pub vote: Option<VoteRequest>,
    /// Another model drafts so many tokens before each step ([`crate::session::Generation::draft`]);
    /// `select` is then `"jacobi"` where nothing else is said.
    pub draft: Option<u32>,
}

impl GenerateRequest {
    /// The prompt's tokens.
    ///
    /// # Errors
    /// `bad_input` when there are two prompts, or the text cannot be encoded.
    pub fn prompt_ids(&self, text: &TextCodec) -> Result<Vec<u32>> {
        prompt_ids(self.prompt.as_deref(), self.chat.as_deref(), text)
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
        let or = |choice: &Option<Choice>, default: Choice| choice.clone().unwrap_or(default);
        let mut default = DecodeOptions::default();
        if let Some(preset) = self.preset {
            default.select = preset.select();
            default.revise = preset.revise();
        }
        Ok(DecodeOptions {
            block: self.block,
            grid: default.grid,
            tri_mode: default.tri_mode,
            select: self.select_choice(default.select)?,
            revise: or(&self.revise, default.revise),
            structure: or(&self.structure, default.structure),
            cache: or(&self.cache, default.cache),
            exit: or(&self.exit, default.exit),
            unroll: self.unroll.unwrap_or(default.unroll),
            proposal: Proposal {
                convention,
                temperature: self.temperature,
                seed: self.seed,
                top_k: self.top_k,
                top_p: self.top_p,
                guidance: self.guidance(),
            },
        })
    }

    fn guidance(&self) -> Guidance {
        let banned = self.ban.iter().map(|&id| (id, f32::NEG_INFINITY));
        Guidance {
            bias: self.bias.iter().copied().chain(banned).collect(),
            repetition_penalty: self.repetition_penalty.unwrap_or(1.0),
            cfg_scale: self.cfg_scale,
            eos_last: self.eos_last,
        }
    }

    /// The method that reads a draft, and has as many guesses of its own.
    fn trying_drafts(&self) -> Choice {
        let mut jacobi = Choice::new("jacobi");
        if let Some(length) = self.draft {
            let ahead = Value::Number(f64::from(length));
            jacobi.values.insert("ahead".to_owned(), ahead);
        }
        jacobi
    }

    /// The select method with the two values that have a field of their own.
    fn select_choice(&self, default: Choice) -> Result<Choice> {
        let mut choice = match (&self.select, self.steps) {
            (Some(choice), _) => choice.clone(),
            (None, _) if self.draft.is_some() => self.trying_drafts(),
            (None, Some(_)) if self.threshold.is_none() && self.preset.is_none() => {
                Choice::new("even")
            }
            (None, _) => default,
        };
        let parameters = find("select", select::METHODS, &choice)?.parameters;
        let short = [
            ("threshold", self.threshold.map(f64::from)),
            ("steps", self.steps.map(f64::from)),
        ];
        for (name, value) in short {
            let Some(value) = value else { continue };
            if !parameters.iter().any(|parameter| parameter.name == name) {
                return Err(Error::bad_input(format!(
                    "select \"{}\" has no {name}; leave it out or choose another",
                    choice.name
                )));
            }
            choice.values.insert(name.to_owned(), Value::Number(value));
        }
        Ok(choice)
    }
}

/// A text whose likelihood is asked for. Absent fields take their defaults; unknown fields are
/// refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ScoreRequest {
    /// Text before the one that is scored.
    pub prompt: Option<String>,
    /// A conversation before it, by the checkpoint's chat template.
    pub chat: Option<Vec<ChatMessage>>,
    /// The text to score.
    pub text: String,
    /// How (exact for a causal model, else monte-carlo).
    pub estimator: Option<Estimator>,
    /// Forwards of an estimate (128); an exact likelihood takes one.
    pub samples: Option<u32>,
    /// Seed of the masks.
    pub seed: u64,
}

impl ScoreRequest {
    /// The tokens before the text.
    ///
    /// # Errors
    /// As [`GenerateRequest::prompt_ids`].
    pub fn prompt_ids(&self, text: &TextCodec) -> Result<Vec<u32>> {
        prompt_ids(self.prompt.as_deref(), self.chat.as_deref(), text)
    }
}

fn prompt_ids(
    prompt: Option<&str>,
    chat: Option<&[ChatMessage]>,
    text: &TextCodec,
) -> Result<Vec<u32>> {
    match (prompt, chat) {
        (Some(_), Some(_)) => Err(Error::bad_input(
            "the request has a prompt and a chat; give one of them",
        )),
        (Some(prompt), None) => text.encode(prompt),
        (None, Some(messages)) => text.chat(messages),
        (None, None) => Ok(Vec::new()),
    }
}
