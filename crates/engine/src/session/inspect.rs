//! What a checkpoint holds, without loading its weights.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{DtypeChoice, NO_MASK_TOKEN, documents};
use crate::error::Result;
use crate::loader;
use crate::model::{Attention, ModelSpec, Parameter};
use crate::recipe::Recipe;
use crate::text::TextCodec;
use crate::weights::{Checkpoint, Files};

/// A description of a checkpoint.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// What holds the tensors: `"safetensors"` or `"GGUF"`.
    pub container: &'static str,
    /// Files that hold them.
    pub files: usize,
    /// `model_type` of `config.json`.
    pub architecture: Option<String>,
    /// Whether it can be loaded.
    pub supported: bool,
    /// Everything that stands against it.
    pub problems: Vec<String>,
    /// The facts, where the architecture is supported.
    pub spec: Option<ModelSpec>,
    /// Number of tensors.
    pub tensors: usize,
    /// Numbers in all tensors.
    pub parameters: u64,
    /// Bytes of all tensors.
    pub bytes: u64,
    /// Tensors of each source dtype.
    pub dtypes: BTreeMap<String, usize>,
    /// Bytes of the tensors of each source dtype.
    pub dtype_bytes: BTreeMap<String, u64>,
    /// Bytes on the device at each dtype that a caller can ask for; empty where it cannot be
    /// loaded.
    pub resident_bytes: BTreeMap<&'static str, u64>,
    /// The mask token, from the configuration or the tokenizer.
    pub mask_id: Option<u32>,
    /// The kind of tokenizer.
    pub tokenizer: Option<&'static str>,
    /// Tokens that it holds; the network's vocabulary may be larger.
    pub tokens: Option<usize>,
    /// Whether the tokenizer brings a chat template.
    pub has_chat_template: bool,
}

/// Describes the folder. What is missing or not supported is named among the problems; weights
/// alone are described too.
///
/// # Errors
/// `missing_file` or `bad_file` when there are no weights to describe; whatever the files report.
pub async fn inspect<F: Files>(files: F) -> Result<Inspection> {
    let checkpoint = Checkpoint::open(files).await?;
    let config = documents::config(&checkpoint).await;
    let text = documents::text(&checkpoint).await;
    let mut inspection = survey(&checkpoint);
    let problems = &mut inspection.problems;
    if let Some(config) = noted(config, problems) {
        inspection.architecture = config.text("model_type").map(str::to_owned);
        let has_mask = text
            .as_ref()
            .is_ok_and(|text| super::has_mask(&config, text).is_ok_and(|has_mask| has_mask));
        let detected = documents::architecture(&checkpoint, &config, has_mask);
        if let Some(architecture) = noted(detected, problems) {
            let parameters = architecture.parameters();
            problems.extend(tensor_problems(&parameters, &checkpoint));
            if problems.is_empty() {
                inspection.resident_bytes = resident_bytes(&parameters, &checkpoint)?;
            }
            inspection.spec = Some(architecture.spec().clone());
        }
    }
    let text = noted(text, problems);
    let configured = inspection.spec.as_ref().and_then(|spec| spec.mask_id);
    let spelled = || text.as_ref().and_then(TextCodec::mask_token_id);
    inspection.mask_id = configured.or_else(spelled);
    let attention = inspection.spec.as_ref().map(|spec| spec.attention);
    if inspection.mask_id.is_none() && attention != Some(Attention::Causal) {
        problems.push(NO_MASK_TOKEN.to_owned());
    }
    inspection.tokenizer = text.as_ref().map(TextCodec::kind);
    inspection.tokens = text.as_ref().map(TextCodec::vocabulary_size);
    inspection.has_chat_template = text.is_some_and(|text| text.has_chat_template());
    inspection.supported = problems.is_empty();
    Ok(inspection)
}

/// The value, or `None` and its error among the problems.
fn noted<T>(result: Result<T>, problems: &mut Vec<String>) -> Option<T> {
    result.map_err(|error| problems.push(error.message)).ok()
}

/// Tensors that are missing or have another shape than the architecture expects.
fn tensor_problems<F: Files>(parameters: &[Parameter], checkpoint: &Checkpoint<F>) -> Vec<String> {
    // One mistake often repeats in every layer.
    const MOST: usize = 6;
    let failures = parameters
        .iter()
        .filter_map(|parameter| parameter.check(checkpoint).err());
    let mut problems: Vec<String> = failures.map(|error| error.message).collect();
    if let Some(more) = problems.len().checked_sub(MOST + 1) {
        problems.truncate(MOST);
        problems.push(format!("and {} more like these", more + 1));
    }
    problems
}

/// What the model takes on a device, by dtype.
fn resident_bytes<F: Files>(
    parameters: &[Parameter],
    checkpoint: &Checkpoint<F>,
) -> Result<BTreeMap<&'static str, u64>> {
    let bytes = DtypeChoice::ALL.into_iter().map(|(word, dtype)| {
        let recipe = Recipe::from(dtype.rule());
        Ok((
            word,
            loader::resident_bytes(checkpoint, parameters, &recipe)?,
        ))
    });
    bytes.collect()
}

/// What the tensors themselves tell.
fn survey<F: Files>(checkpoint: &Checkpoint<F>) -> Inspection {
    let (mut dtypes, mut dtype_bytes) = (BTreeMap::new(), BTreeMap::new());
    for tensor in checkpoint.tensors() {
        *dtypes.entry(tensor.dtype.to_string()).or_insert(0) += 1;
        *dtype_bytes.entry(tensor.dtype.to_string()).or_insert(0) += tensor.bytes;
    }
    let (container, files) = checkpoint.container();
    Inspection {
        container,
        files,
        architecture: None,
        supported: false,
        problems: Vec::new(),
        spec: None,
        tensors: checkpoint.tensors().len(),
        parameters: checkpoint.tensors().map(|tensor| tensor.elements()).sum(),
        bytes: checkpoint.tensors().map(|tensor| tensor.bytes).sum(),
        dtypes,
        dtype_bytes,
        resident_bytes: BTreeMap::new(),
        mask_id: None,
        tokenizer: None,
        tokens: None,
        has_chat_template: false,
    }
}
