//! A model's small files: those of its folder, or what a GGUF file has in their place.

use serde_json::json;

use crate::error::{Error, ErrorCode, Result};
use crate::model::Config;
use crate::text::TextCodec;
use crate::weights::gguf::{self, Landmarks};
use crate::weights::{Checkpoint, Files, bytes_file, json_file, text_file};

/// `config.json`.
///
/// # Errors
/// `missing_file`, `bad_file`; `unsupported_model` for a GGUF file of an unknown architecture.
pub(super) async fn config<F: Files>(checkpoint: &Checkpoint<F>) -> Result<Config> {
    if let Some(metadata) = checkpoint.metadata() {
        let landmarks = Landmarks::find(|name| checkpoint.tensor(name));
        return Config::new(gguf::config_json(metadata, &landmarks)?);
    }
    match json_file(checkpoint.files(), "config.json").await? {
        Some(json) => Config::new(json),
        None => Err(missing("config.json")),
    }
}

/// `generation_config.json`, empty where there is none: instruction-tuned checkpoints keep their
/// stop tokens in it.
///
/// # Errors
/// `bad_file` when it is no JSON object.
pub(super) async fn generation_config<F: Files>(checkpoint: &Checkpoint<F>) -> Result<Config> {
    if let Some(metadata) = checkpoint.metadata() {
        return Config::new(gguf::generation_config_json(metadata)?);
    }
    let json = json_file(checkpoint.files(), "generation_config.json").await?;
    Config::new(json.unwrap_or_else(|| json!({})))
}

/// The tokenizer with its configuration and its chat template.
///
/// # Errors
/// `missing_file`; as [`TextCodec::from_bytes`] and [`TextCodec::from_gguf`].
pub(super) async fn text<F: Files>(checkpoint: &Checkpoint<F>) -> Result<TextCodec> {
    if let Some(metadata) = checkpoint.metadata() {
        return TextCodec::from_gguf(metadata);
    }
    let files = checkpoint.files();
    let Some(tokenizer) = bytes_file(files, "tokenizer.json").await? else {
        return Err(missing("tokenizer.json"));
    };
    let config = bytes_file(files, "tokenizer_config.json").await?;
    let template = text_file(files, "chat_template.jinja").await?;
    TextCodec::from_bytes(&tokenizer, config.as_deref(), template.as_deref())
}

fn missing(file: &str) -> Error {
    Error::new(
        ErrorCode::MissingFile,
        format!(
            "the model folder has no {file}; a Hugging Face folder with config.json, \
             tokenizer.json and safetensors weights is expected"
        ),
    )
}
