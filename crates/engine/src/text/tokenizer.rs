//! The tokenizer type: the `tokenizers` library with the model of the supported families only.
//!
//! All Llama/Qwen checkpoints use byte-pair encoding (with bytes or with byte fallback). Linking
//! the library's other models and its post-processors, which only add special tokens, would cost
//! every visitor of a page their download.

use serde::Deserialize;
use serde::de::IgnoredAny;
use tokenizers::decoders::DecoderWrapper;
use tokenizers::models::bpe::BPE;
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::{Encoding, PostProcessor, TokenizerImpl};

use crate::{Error, Result};

/// A byte-pair tokenizer.
pub(super) type Tokenizer =
    TokenizerImpl<BPE, NormalizerWrapper, PreTokenizerWrapper, NoPostProcessor, DecoderWrapper>;

/// Stands for any post-processor: no special tokens are added to what is encoded.
#[derive(Clone, Debug)]
pub(super) struct NoPostProcessor;

impl<'de> Deserialize<'de> for NoPostProcessor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|IgnoredAny| Self)
    }
}

impl PostProcessor for NoPostProcessor {
    fn added_tokens(&self, _is_pair: bool) -> usize {
        0
    }

    fn process_encodings(
        &self,
        encodings: Vec<Encoding>,
        _add_special_tokens: bool,
    ) -> tokenizers::Result<Vec<Encoding>> {
        Ok(encodings)
    }
}

/// Reads `tokenizer.json`.
///
/// # Errors
/// `unsupported_model` for a model other than byte-pair encoding; `bad_file` when it is corrupt.
pub(super) fn read(json: &[u8]) -> Result<Tokenizer> {
    Tokenizer::from_bytes(json).map_err(|error| match model_type(json) {
        Some(kind) if kind != "BPE" => Error::unsupported(format!(
            "tokenizer.json holds a {kind} tokenizer; byte-pair encoding (BPE) is supported"
        )),
        _ => Error::bad_file(format!(
            "tokenizer.json is not a tokenizer of the Hugging Face `tokenizers` library \
             ({error}); get the file again from where the model came from, or write it with \
             `AutoTokenizer.from_pretrained(...).save_pretrained(...)`"
        )),
    })
}

fn model_type(json: &[u8]) -> Option<String> {
    let file: serde_json::Value = serde_json::from_slice(json).ok()?;
    file.get("model")?.get("type")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    #[test]
    fn another_model_is_refused_by_name() {
        let json = br#"{"version":"1.0","model":{"type":"WordPiece","vocab":{}}}"#;
        let error = read(json).unwrap_err();
        assert_eq!(error.code, ErrorCode::UnsupportedModel);
        assert!(error.message.contains("WordPiece"), "{error}");
    }
}
