//! The tokenizer of a GGUF file.
//!
//! A file may keep the `tokenizer.json` it was made from. Else its entries list the vocabulary and
//! the merges, and name the way of cutting text into words, which llama.cpp has by heart: these are
//! written down as the `tokenizer.json` that they stand for.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::codec::TokenizerFiles;
use super::words;
use crate::weights::gguf::{Metadata, kept};
use crate::{Error, Result};

/// Tokens that chat templates and the engine know by name, and llama.cpp's entries for them.
const NAMED: [(&str, &str); 6] = [
    ("bos_token", "bos"),
    ("eos_token", "eos"),
    ("unk_token", "unknown"),
    ("sep_token", "seperator"),
    ("pad_token", "padding"),
    ("mask_token", "mask"),
];

/// llama.cpp's kinds of tokens that are not words of the vocabulary.
mod kind {
    pub const CONTROL: i64 = 3;
    pub const USER_DEFINED: i64 = 4;
    pub const UNUSED: i64 = 5;
}

impl TokenizerFiles {
    /// The tokenizer and the chat template that a GGUF file has.
    ///
    /// # Errors
    /// `unsupported_model` for a tokenizer that is no byte-level byte-pair encoding, or that cuts
    /// words in a way that is not known; `bad_file` when the entries contradict each other.
    pub fn from_gguf(metadata: &Metadata) -> Result<Self> {
        let tokenizer = match metadata.text(kept::TOKENIZER)? {
            Some(kept) => kept.as_bytes().to_vec(),
            None => tokenizer_json(metadata)?,
        };
        let config = match metadata.text(kept::TOKENIZER_CONFIG)? {
            Some(kept) => kept.to_owned(),
            None => tokenizer_config(metadata)?.to_string(),
        };
        Ok(Self {
            tokenizer,
            config: Some(config.into_bytes()),
            chat_template: metadata.text(kept::CHAT_TEMPLATE)?.map(str::to_owned),
        })
    }
}

/// A `tokenizer.json`, as far as the engine reads it.
#[derive(Serialize)]
struct TokenizerJson<'a> {
    version: &'static str,
    added_tokens: Vec<Value>,
    normalizer: Value,
    pre_tokenizer: Value,
    decoder: Value,
    model: Model<'a>,
}

#[derive(Serialize)]
struct Model<'a> {
    r#type: &'static str,
    ignore_merges: bool,
    vocab: BTreeMap<&'a str, u32>,
    merges: Vec<&'a str>,
}

fn tokenizer_json(metadata: &Metadata) -> Result<Vec<u8>> {
    let model = metadata.text("tokenizer.ggml.model")?.unwrap_or("none");
    if model != "gpt2" {
        return Err(Error::unsupported(format!(
            "the GGUF file's tokenizer is of kind \"{model}\"; byte-level byte-pair encoding \
             (\"gpt2\") is supported, and files that keep their tokenizer.json"
        )));
    }
    let words = words::of(metadata.text("tokenizer.ggml.pre")?.unwrap_or("default"))?;
    let tokens = metadata.texts("tokenizer.ggml.tokens")?;
    let tokens = tokens.ok_or_else(|| absent("tokenizer.ggml.tokens"))?;
    let merges = metadata.texts("tokenizer.ggml.merges")?;
    let merges = merges.ok_or_else(|| absent("tokenizer.ggml.merges"))?;
    let kinds = kinds(metadata, tokens.len())?;
    let in_use = tokens.iter().zip(0..).zip(&kinds);
    let in_use = in_use.filter(|(_, kind)| **kind != kind::UNUSED);
    let is_added = |kind: &i64| matches!(*kind, kind::CONTROL | kind::USER_DEFINED);
    let added = in_use.clone().filter(|(_, kind)| is_added(kind));
    let added = added.map(|((token, id), kind)| added_token(token, id, *kind == kind::CONTROL));
    let json = TokenizerJson {
        version: "1.0",
        added_tokens: added.collect(),
        normalizer: words.normalizer,
        pre_tokenizer: words.pre_tokenizer,
        decoder: json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
            "use_regex": false}),
        model: Model {
            r#type: "BPE",
            ignore_merges: words.ignore_merges,
            vocab: in_use.map(|((token, id), _)| (*token, id)).collect(),
            merges,
        },
    };
    Ok(serde_json::to_vec(&json).expect("texts and numbers are JSON"))
}

/// The kind of each token; all are words where the file does not say.
fn kinds(metadata: &Metadata, tokens: usize) -> Result<Vec<i64>> {
    let Some(list) = metadata.number("tokenizer.ggml.token_type")? else {
        return Ok(vec![1; tokens]);
    };
    let kinds = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if kinds.len() != tokens {
        return Err(Error::bad_file(format!(
            "the GGUF file has {tokens} tokens and {} kinds of tokens; convert the model again",
            kinds.len()
        )));
    }
    Ok(kinds
        .iter()
        .map(|kind| kind.as_i64().unwrap_or(1))
        .collect())
}

fn added_token(token: &str, id: u32, special: bool) -> Value {
    json!({"id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": special})
}

/// A `tokenizer_config.json` with the named tokens.
fn tokenizer_config(metadata: &Metadata) -> Result<Value> {
    let tokens = metadata.texts("tokenizer.ggml.tokens")?.unwrap_or_default();
    let mut config = serde_json::Map::new();
    for (name, entry) in NAMED {
        let id = metadata.id(&format!("tokenizer.ggml.{entry}_token_id"))?;
        if let Some(token) = id.and_then(|id| tokens.get(id as usize)) {
            config.insert(name.into(), (*token).into());
        }
    }
    Ok(Value::Object(config))
}

fn absent(key: &str) -> Error {
    Error::bad_file(format!(
        "the GGUF file has no {key:?}; a tokenizer needs it: convert the model again"
    ))
}
