//! What a checkpoint folder holds, without loading its weights.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{read_config, read_text};
use crate::error::Result;
use crate::model::{self, Config, ModelSpec};
use crate::weights::{Checkpoint, Files};

/// A description of a checkpoint folder.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// `model_type` of `config.json`.
    pub architecture: Option<String>,
    /// Whether it can be loaded.
    pub supported: bool,
    /// Why it cannot, if it cannot.
    pub problem: Option<String>,
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
    /// The mask token, from the configuration or the tokenizer.
    pub mask_id: Option<u32>,
    /// Whether the tokenizer brings a chat template.
    pub has_chat_template: bool,
}

/// Describes the folder; an unsupported architecture is described too, with the reason.
///
/// # Errors
/// `missing_file` or `bad_file` when there is nothing to describe; whatever the files report.
pub async fn inspect<F: Files>(files: F) -> Result<Inspection> {
    let config = read_config(&files).await?;
    let text = read_text(&files).await;
    let checkpoint = Checkpoint::open(files).await?;
    let spec = model::spec_of(&config, &|name| checkpoint.tensor(name).is_some());
    let (spec, problem) = match (spec, &text) {
        (Ok(spec), Ok(_)) => (Some(spec), None),
        (Ok(spec), Err(error)) => (Some(spec), Some(error.to_string())),
        (Err(error), _) => (None, Some(error.to_string())),
    };
    let text = text.ok();
    let configured = spec.as_ref().and_then(|spec| spec.mask_id);
    let mask_id = configured.or_else(|| text.as_ref().and_then(|text| text.mask_token_id()));
    let no_mask = mask_id
        .is_none()
        .then(|| "the checkpoint has no mask token".to_owned());
    let problem = problem.or(no_mask);
    Ok(Inspection {
        supported: problem.is_none(),
        problem,
        mask_id,
        spec,
        has_chat_template: text.is_some_and(|text| text.has_chat_template()),
        ..survey(&config, &checkpoint)
    })
}

/// What the tensors themselves tell.
fn survey<F: Files>(config: &Config, checkpoint: &Checkpoint<F>) -> Inspection {
    let mut dtypes = BTreeMap::new();
    for tensor in checkpoint.tensors() {
        *dtypes.entry(tensor.dtype.to_string()).or_insert(0) += 1;
    }
    Inspection {
        architecture: config.text("model_type").map(str::to_owned),
        supported: false,
        problem: None,
        spec: None,
        tensors: checkpoint.tensors().len(),
        parameters: checkpoint.tensors().map(|tensor| tensor.elements()).sum(),
        bytes: checkpoint.tensors().map(|tensor| tensor.bytes).sum(),
        dtypes,
        mask_id: None,
        has_chat_template: false,
    }
}
