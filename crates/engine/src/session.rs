//! A loaded model and the runs over it: where model, executor, text and the denoising loop meet.
//!
//! Start reading here: [`load`] brings a checkpoint onto a device, [`LoadedModel::start`] begins a
//! [`Run`], and [`Run::next`] makes one step and says what it changed. [`LoadedModel::generate`]
//! begins a [`Generation`], which makes several runs where its request asks for them.

mod convert;
mod documents;
mod draft;
mod ensemble;
mod estimate;
mod forward;
mod generation;
mod info;
mod inspect;
mod kv;
#[cfg(not(target_arch = "wasm32"))]
mod products;
mod run;
mod score;
mod step_cost;
mod tune;

pub use convert::{Blocks, Converted, convert, convert_with};
pub use documents::tokenizer;
pub use draft::{DRAFT_LENGTH, Draft};
pub use estimate::{Estimate, estimate};
pub use generation::{Generation, PathResult};
pub use info::ModelInfo;
pub use inspect::{Inspection, inspect};
pub use kv::KvChoice;
#[cfg(not(target_arch = "wasm32"))]
pub use products::ProductInput;
pub use run::{GenerationResult, Run, StepFrame, TokenCommit, TokenRecord, TokenText};
pub use step_cost::StepCost;
pub use tune::{ForwardTime, Tuner, Tuning};

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::decode::{Canvas, DecodeOptions, Driver, Segment, Vocabulary};
use crate::device::AnyExecutor;
pub use crate::device::DeviceChoice;
use crate::error::{Error, ErrorCode, Result};
use crate::gpu::GpuOptions;
use crate::kernels::tile::Tiling;
pub use crate::loader::layers;
use crate::loader::{self, Progress, Stage};
use crate::model::{self, Config, LogitShift};
use crate::network::{Ask, Network, Readout};
use crate::recipe::{Recipe, Rule};
use crate::recording::{BufferIds, Executor as _};
use crate::request::GenerateRequest;
use crate::text::TextCodec;
use crate::weights::{Checkpoint, Files, Format};

const NO_MASK_TOKEN: &str = "the checkpoint has no mask token: neither \"mask_token_id\" in \
     config.json nor a mask token in the tokenizer; a diffusion language model is needed, an \
     autoregressive one cannot fill a canvas";

/// The resident format a caller asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DtypeChoice {
    /// What the file has where that is q8_0 or q4_0, else q8_0: half the memory of f16, and within
    /// half a point of f32.
    #[default]
    Auto,
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// 8-bit blocks.
    #[serde(rename = "q8_0")]
    Q8_0,
    /// 4-bit blocks.
    #[serde(rename = "q4_0")]
    Q4_0,
    /// 4-bit blocks, 8-bit ones where it matters most ([`Rule::Mixed`]).
    Mixed,
}

impl DtypeChoice {
    /// Every choice by its word.
    pub const ALL: [(&'static str, Self); 6] = [
        ("auto", Self::Auto),
        ("f32", Self::F32),
        ("f16", Self::F16),
        ("q8_0", Self::Q8_0),
        ("q4_0", Self::Q4_0),
        ("mixed", Self::Mixed),
    ];

    /// The rule that it stands for.
    #[must_use]
    pub fn rule(self) -> Rule {
        match self {
            Self::Auto => Rule::Kept,
            Self::F32 => Rule::Uniform(Format::F32),
            Self::F16 => Rule::Uniform(Format::F16),
            Self::Q8_0 => Rule::Uniform(Format::Q8_0),
            Self::Q4_0 => Rule::Uniform(Format::Q4_0),
            Self::Mixed => Rule::Mixed,
        }
    }
}

impl std::str::FromStr for DtypeChoice {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        by_word(Self::ALL, word, |words| {
            format!("unknown dtype \"{word}\"; choose one of {words}")
        })
    }
}

/// The choice that `word` stands for in `all`.
///
/// # Errors
/// `bad_input` with what `complaint` says, given the words that there are.
fn by_word<T, const N: usize>(
    all: [(&'static str, T); N],
    word: &str,
    complaint: impl FnOnce(&str) -> String,
) -> Result<T> {
    let words = all.each_ref().map(|(known, _)| *known).join(", ");
    let choice = all.into_iter().find(|(known, _)| *known == word);
    let found = choice.map(|(_, choice)| choice);
    found.ok_or_else(|| Error::bad_input(complaint(&words)))
}

/// How to load.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LoadOptions {
    /// What runs the model.
    pub device: DeviceChoice,
    /// How its weights are held.
    pub dtype: DtypeChoice,
    /// How keys and values are kept.
    pub kv: KvChoice,
    /// What the checkpoint does not say of itself.
    pub conventions: Conventions,
    /// Tiles that a GPU multiplies with, where they are known; measured otherwise.
    pub tiling: Option<Tiling>,
    /// Restrictions of the GPU, for tests and bisecting.
    #[serde(skip)]
    pub gpu: GpuOptions,
}

/// What a checkpoint may leave unsaid, as if its `config.json` said it; what is absent here is found
/// in the checkpoint or by its family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Conventions {
    /// Attention is blocked by so many positions.
    pub block_size: Option<u32>,
    /// Row i predicts token i + 1.
    pub shift_logits: Option<bool>,
    /// The mask token.
    pub mask_token_id: Option<u32>,
}

impl Conventions {
    fn write_into(self, config: &mut Config) {
        if let Some(size) = self.block_size {
            config.set("block_size", size);
        }
        if let Some(shift) = self.shift_logits {
            config.set("shift_logits", shift);
        }
        if let Some(id) = self.mask_token_id {
            config.set("mask_token_id", id);
        }
    }
}

/// A model on a device, ready to generate.
pub struct LoadedModel {
    network: Network,
    text: Rc<TextCodec>,
    vocabulary: Vocabulary,
    info: ModelInfo,
    /// What the last step of the run in turn kept for a comparison.
    compared: forward::Compared,
    /// Runs started so far.
    runs: u64,
    /// The run that made the last forward.
    turn: u64,
}

/// Loads the checkpoint in `files`.
///
/// # Errors
/// `missing_file`, `missing_tensor`, `bad_file` or `unsupported_model` for the checkpoint;
/// `no_webgpu`, `out_of_memory` or `gpu` for the device; whatever the files report.
pub async fn load<F: Files>(
    files: F,
    options: &LoadOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<LoadedModel> {
    let mut stage = |stage, total| {
        progress(Progress {
            stage,
            loaded: total,
            total,
        });
    };
    stage(Stage::Probe, 0);
    let checkpoint = Checkpoint::open(files).await?;
    let documents::Read {
        config,
        text,
        architecture,
    } = documents::read(&checkpoint, &options.conventions).await?;
    let generation = documents::generation_config(&checkpoint).await?;
    let vocabulary = vocabulary(architecture.spec(), &[&config, &generation], &text)?;
    let mut gpu = options.gpu.with_environment();
    gpu.tiling = gpu.tiling.or(options.tiling);
    let mut executor = AnyExecutor::open(options.device, gpu).await?;

    let head_dim = architecture.spec().head_dim;
    let kind = executor.report().kind;
    let kv = options.kv.format(head_dim, options.dtype, kind)?;

    let mut ids = BufferIds::default();
    let parameters = architecture.parameters();
    let recipe = Recipe::from(options.dtype.rule());
    let loaded = loader::load(
        &checkpoint,
        &parameters,
        &recipe,
        &mut executor,
        &mut ids,
        progress,
    );
    let loaded = loaded.await?;
    let info = ModelInfo::new(
        architecture.spec(),
        &vocabulary,
        &text,
        &loaded,
        kv,
        executor.report(),
    );
    let mut stage = |stage| {
        progress(Progress {
            stage,
            loaded: info.resident_bytes,
            total: info.resident_bytes,
        });
    };
    stage(Stage::Upload);
    executor.flush().await?;
    stage(Stage::Compile);
    let banned = [vocabulary.mask_id];
    let stops = &vocabulary.stop_ids;
    let network = Network::new(architecture, loaded.weights, executor, ids, &banned, stops);
    let mut network = network.await?.with_kv(kv);
    // Any shape compiles every kernel of the model; the first generation need not wait for that.
    network.warm_up(1, 1).await?;
    stage(Stage::Ready);
    Ok(LoadedModel {
        network,
        text: Rc::new(text),
        vocabulary,
        info,
        compared: forward::Compared::default(),
        runs: 0,
        turn: 0,
    })
}

/// Whether the checkpoint names a mask token. One that its tokenizer merely holds does not count:
/// twins of diffusion models share their tokenizer.
fn has_mask(config: &Config, text: &TextCodec) -> Result<bool> {
    Ok(!config.ids("mask_token_id")?.is_empty() || text.names_mask_token())
}

/// The ids with a meaning for decoding, from the configurations or else the tokenizer.
fn vocabulary(
    spec: &model::ModelSpec,
    configurations: &[&Config],
    text: &TextCodec,
) -> Result<Vocabulary> {
    // A causal model has no mask token: the id behind its vocabulary stands for an open position,
    // which no row that is read ever sees.
    let causal = spec.attention == model::Attention::Causal;
    let given = spec.vocabulary.max(spec.embedded) as u32;
    let behind = causal.then_some(spec.vocabulary as u32);
    let configured = spec.mask_id.or_else(|| text.mask_token_id());
    let Some(mask_id) = behind.or(configured) else {
        return Err(Error::unsupported(NO_MASK_TOKEN));
    };
    let size = spec.vocabulary as u32;
    let pad_cycle = first_ids("pad_cycle_token_ids", configurations)?;
    let mut stop_ids = spec.stop_ids.clone();
    for configuration in configurations {
        stop_ids.extend(configuration.ids("eos_token_id")?);
    }
    // A chat is over with its turn, whatever ends a text.
    stop_ids.extend(text.turn_ends());
    // DreamOn's token that deletes its position is one of its end tokens.
    stop_ids.extend(first_ids("delete_token_id", configurations)?);
    // With Rainbow Padding the padding says that the text is over, as the end token does.
    stop_ids.extend(&pad_cycle);
    Ok(Vocabulary {
        mask_id,
        stop_ids: distinct(stop_ids),
        pad_id: spec.pad_id,
        size: given + u32::from(causal),
        delimiters: text.ids_with_line_breaks(size),
        expand_id: first_ids("expand_token_id", configurations)?
            .first()
            .copied(),
        pad_cycle,
    })
}

/// The ids under `name` in the first of `configurations` that has any.
fn first_ids(name: &str, configurations: &[&Config]) -> Result<Vec<u32>> {
    for configuration in configurations {
        let ids = configuration.ids(name)?;
        if !ids.is_empty() {
            return Ok(ids);
        }
    }
    Ok(Vec::new())
}

/// `ids` without repetitions, in their order.
fn distinct(ids: Vec<u32>) -> Vec<u32> {
    let mut seen = Vec::with_capacity(ids.len());
    for id in ids {
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    seen
}

impl LoadedModel {
    /// What was loaded, and onto what.
    #[must_use]
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Text to ids and back. Shared, so that a caller can keep it while a run borrows the model.
    #[must_use]
    pub fn text(&self) -> &Rc<TextCodec> {
        &self.text
    }

    /// What runs the model.
    #[must_use]
    pub fn executor(&self) -> &AnyExecutor {
        self.network.executor()
    }

    /// Bytes of the keys and values that are kept from one forward to the next; they are part of
    /// what `executor().allocated()` tells.
    #[must_use]
    pub fn cache_bytes(&self) -> u64 {
        self.network.cache_bytes()
    }

    /// Begins a single run. Nothing is computed until [`Run::next`].
    ///
    /// # Errors
    /// `bad_input` for an impossible request, or one for several runs; `context_overflow` when prompt and canvas are
    /// longer than the model's context. The model stays usable.
    pub fn start(&mut self, request: &GenerateRequest) -> Result<Run> {
        if request.best_of.is_some() || request.vote.is_some() {
            return Err(Error::bad_input(
                "the request asks for several runs (best_of or vote), and this makes one; begin a \
                 generation",
            ));
        }
        let mut prompt = self.prefix_ids(&request.prefix)?;
        prompt.extend(request.prompt_ids(&self.text)?);
        let mut segments = request.segments(&self.text)?;
        let mask_id = self.vocabulary.mask_id;
        if let Some(first) = prompt.iter().position(|&id| id == mask_id) {
            // A mask written into the prompt is open: the canvas begins there.
            segments.insert(0, Segment::Pinned(prompt.split_off(first)));
        }
        self.check_length(prompt.len(), &segments)?;
        let spec = self.network.spec();
        let canvas = Canvas::new(&prompt, &segments, mask_id)
            .with_limit(spec.context as u32)
            .with_soft_prefix((request.prefix.len() / spec.hidden) as u32);
        let options = DecodeOptions {
            grid: spec.attention.grid(),
            tri_mode: spec.tri_mode,
            ..request.decode_options(spec.stat_space)?
        };
        if spec.attention == model::Attention::Causal && options.proposal.guidance.cfg_scale > 0.0 {
            return Err(Error::bad_input(
                "cfg_scale needs a model with a mask token; this one is causal, leave it out",
            ));
        }
        if !spec.repeats() && options.unroll > 1 {
            return Err(Error::bad_input(
                "unroll repeats one forward with other tokens, and this model's rows, their order or its \
                 noise level change from step to step; leave it out",
            ));
        }
        let driver = Driver::new(canvas, self.vocabulary.clone(), &options)?;
        self.runs += 1;
        let prefix = request.prefix.as_slice().into();
        let run = Run::new(self.runs, driver, prefix, self);
        Ok(run.telling_records(request.records))
    }

    /// The run `number` makes the next forward. What another one left behind means nothing to it.
    async fn turn_to(&mut self, number: u64, prefix: &Rc<[f32]>) -> Result<()> {
        if self.turn != number {
            self.turn = number;
            self.compared = forward::Compared::default();
            self.network.begin_run();
        }
        self.network.use_prefix(prefix).await
    }

    /// The ids that stand for the rows of a soft prefix.
    fn prefix_ids(&self, prefix: &[f32]) -> Result<Vec<u32>> {
        let (hidden, first) = (
            self.network.spec().hidden,
            self.network.spec().first_soft_id(),
        );
        if !prefix.len().is_multiple_of(hidden) {
            return Err(Error::bad_input(format!(
                "the prefix has {} numbers; rows of {hidden}, the model's hidden size, are expected",
                prefix.len()
            )));
        }
        if let Some(place) = prefix.iter().position(|number| !number.is_finite()) {
            return Err(Error::bad_input(format!(
                "number {place} of the prefix is {}; finite ones are expected",
                prefix[place]
            )));
        }
        Ok((first..).take(prefix.len() / hidden).collect())
    }

    fn check_length(&self, prompt: usize, segments: &[Segment]) -> Result<()> {
        let canvas: usize = segments.iter().map(Segment::len).sum();
        let context = self.network.spec().context;
        if canvas == 0 {
            return Err(Error::bad_input(
                "the canvas is empty; give a length or a canvas with at least one position",
            ));
        }
        if prompt + canvas <= context {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::ContextOverflow,
            format!(
                "the prompt has {prompt} tokens and the canvas {canvas} positions, but the model's \
                 context is {context}; shorten one of them"
            ),
        ))
    }

    fn check_ids(&self, ids: &[u32]) -> Result<()> {
        self.check_length(0, &[Segment::Pinned(ids.to_vec())])?;
        let embedded = self.network.spec().embedded;
        match ids.iter().find(|&&id| id as usize >= embedded) {
            None => Ok(()),
            Some(id) => Err(Error::bad_input(format!(
                "token {id} is outside the model's vocabulary of {embedded}"
            ))),
        }
    }

    /// Forwards the sequence `ids` once and tells what `ask` asks for. Its rows are rows of the
    /// network; `decode` resolves the model's shift, a caller of this does so itself.
    ///
    /// # Errors
    /// `bad_input` for an empty sequence, an id outside the vocabulary or an ask that does not fit;
    /// `context_overflow`; `out_of_memory` for more rows than the device stores logits of.
    pub async fn read(&mut self, ids: &[u32], ask: &Ask<'_>) -> Result<Readout> {
        self.check_ids(ids)?;
        if let Some(ids) = &ask.unconditional {
            self.check_ids(ids)?;
        }
        for branch in ask
            .branches
            .iter()
            .filter(|branch| !branch.tokens.is_empty())
        {
            let tokens: Vec<u32> = branch.tokens.iter().map(|(_, id)| *id).collect();
            self.check_ids(&tokens)?;
        }
        self.network.read(ids, ask).await
    }

    /// Logits `[rows, vocabulary]` of the sequence `ids`; row i predicts position i, whatever the
    /// model's shift.
    ///
    /// # Errors
    /// `bad_input` for an empty sequence or an id outside the vocabulary; `context_overflow`.
    pub async fn logits(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        self.check_ids(ids)?;
        let vocabulary = self.network.spec().vocabulary;
        let raw = self.network.logits(ids).await?;
        if self.network.spec().shift == LogitShift::None {
            return Ok(raw);
        }
        let row = |r: u32| &raw[r as usize * vocabulary..][..vocabulary];
        let shift = self.network.spec().shift;
        let rows = (0..ids.len() as u32).map(|position| row(shift.row_of(position)));
        Ok(rows.flatten().copied().collect())
    }
}
