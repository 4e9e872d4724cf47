//! A model's small files: those of its folder, or what a GGUF file has in their place.

use serde_json::{Value, json};

use super::{Conventions, has_mask};
use crate::error::{Error, ErrorCode, Result};
use crate::model::{self, Architecture, Config};
use crate::text::{TextCodec, TokenizerFiles};
use crate::weights::gguf::{self, Landmarks};
use crate::weights::{Checkpoint, Files, bytes_file, json_file, text_file};

/// `config.json`.
///
/// # Errors
/// `missing_file`, `bad_file`; `unsupported_model` for a GGUF file of an unknown architecture.
pub(super) async fn config<F: Files>(checkpoint: &Checkpoint<F>) -> Result<Config> {
    Config::new(config_json(checkpoint).await?)
}

/// `config.json` as it is.
///
/// # Errors
/// As [`config`].
pub(super) async fn config_json<F: Files>(checkpoint: &Checkpoint<F>) -> Result<Value> {
    if let Some(metadata) = checkpoint.metadata() {
        let landmarks = Landmarks::find(|name| checkpoint.tensor(name));
        return gguf::config_json(metadata, &landmarks);
    }
    let json = json_file(checkpoint.files(), "config.json").await?;
    json.ok_or_else(|| missing("config.json"))
}

/// What the small files say together.
pub(super) struct Read {
    /// `config.json`, with what a caller knows better.
    pub config: Config,
    /// Tokenizer and template.
    pub text: TextCodec,
    /// What the checkpoint is.
    pub architecture: Box<dyn Architecture>,
}

/// Reads the small files and finds out what the checkpoint is.
///
/// # Errors
/// As [`config`], [`text`] and [`architecture`].
pub(super) async fn read<F: Files>(
    checkpoint: &Checkpoint<F>,
    conventions: &Conventions,
) -> Result<Read> {
    let mut config = config(checkpoint).await?;
    conventions.write_into(&mut config);
    let text = text(checkpoint).await?;
    let architecture = architecture(checkpoint, &config, has_mask(&config, &text)?)?;
    Ok(Read {
        config,
        text,
        architecture,
    })
}

/// The architecture of a checkpoint; `has_mask` as in [`model::detect`].
///
/// # Errors
/// As [`model::detect`]; `bad_file` for more layers than the checkpoint has tensors: a list of
/// their parameters would be longer than any file.
pub(super) fn architecture<F: Files>(
    checkpoint: &Checkpoint<F>,
    config: &Config,
    has_mask: bool,
) -> Result<Box<dyn Architecture>> {
    let holds = |name: &str| checkpoint.tensor(name).is_some();
    let architecture = model::detect(config, &holds, has_mask)?;
    let (layers, tensors) = (architecture.spec().layers, checkpoint.tensors().len());
    if layers <= tensors {
        return Ok(architecture);
    }
    Err(Error::bad_file(format!(
        "the model's configuration says {layers} layers, but the checkpoint holds {tensors} \
         tensors in all; it is damaged, or the configuration is of another model"
    )))
}

/// `generation_config.json`, empty where there is none: instruction-tuned checkpoints keep their
/// stop tokens in it.
///
/// # Errors
/// `bad_file` when it is no JSON object.
pub(super) async fn generation_config<F: Files>(checkpoint: &Checkpoint<F>) -> Result<Config> {
    Config::new(generation_config_json(checkpoint).await?)
}

/// `generation_config.json` as it is, an empty object where there is none.
///
/// # Errors
/// `bad_file` when it is not JSON.
pub(super) async fn generation_config_json<F: Files>(checkpoint: &Checkpoint<F>) -> Result<Value> {
    if let Some(metadata) = checkpoint.metadata() {
        return gguf::generation_config_json(metadata);
    }
    let json = json_file(checkpoint.files(), "generation_config.json").await?;
    Ok(json.unwrap_or_else(|| json!({})))
}

/// The tokenizer with its configuration and its chat template.
///
/// # Errors
/// As [`tokenizer_files`] and [`TextCodec::new`].
pub(super) async fn text<F: Files>(checkpoint: &Checkpoint<F>) -> Result<TextCodec> {
    TextCodec::new(&tokenizer_files(checkpoint).await?)
}

/// The tokenizer of a folder or a GGUF file alone; a folder needs nothing else.
///
/// # Errors
/// As [`text`], and those of opening a checkpoint where there is no `tokenizer.json`.
pub async fn tokenizer<F: Files>(files: F) -> Result<TextCodec> {
    match folder_tokenizer(&files).await? {
        Some(files) => TextCodec::new(&files),
        None => text(&Checkpoint::open(files).await?).await,
    }
}

/// The files that make up the tokenizer.
///
/// # Errors
/// `missing_file`; `bad_file` or `unsupported_model` for the entries of a GGUF file.
pub(super) async fn tokenizer_files<F: Files>(
    checkpoint: &Checkpoint<F>,
) -> Result<TokenizerFiles> {
    if let Some(metadata) = checkpoint.metadata() {
        return TokenizerFiles::from_gguf(metadata);
    }
    let files = folder_tokenizer(checkpoint.files()).await?;
    files.ok_or_else(|| missing("tokenizer.json"))
}

async fn folder_tokenizer<F: Files>(files: &F) -> Result<Option<TokenizerFiles>> {
    let Some(tokenizer) = bytes_file(files, "tokenizer.json").await? else {
        return Ok(None);
    };
    Ok(Some(TokenizerFiles {
        tokenizer,
        config: bytes_file(files, "tokenizer_config.json").await?,
        chat_template: text_file(files, "chat_template.jinja").await?,
    }))
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
