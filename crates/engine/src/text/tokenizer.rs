//! The tokenizer type: the `tokenizers` library with the models of the supported families only.
//!
//! They use byte-pair encoding (with bytes or with byte fallback), BERT uses WordPiece. Linking
//! the library's other models and its post-processors, which only add special tokens, would cost
//! every visitor of a page their download; so would its readers of what surrounds a model (`stages.rs`).

mod stages;
mod subwords;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use tokenizers::{Encoding, PostProcessor, TokenizerImpl};

pub(super) use self::stages::{DecoderStage, Stages};
use self::stages::{NormalizerStage, PreTokenizerStage};
use self::subwords::Subwords;
use crate::{Error, Result};

/// A tokenizer of one of the supported kinds.
pub(super) type Tokenizer = TokenizerImpl<
    Subwords,
    Stages<NormalizerStage>,
    Stages<PreTokenizerStage>,
    NoPostProcessor,
    Stages<DecoderStage>,
>;

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
/// `unsupported_model` for a model of another kind; `bad_file` when it is corrupt.
pub(super) fn read(json: &[u8]) -> Result<Tokenizer> {
    check_stages(json)?;
    Tokenizer::from_bytes(json).map_err(|error| match model_type(json) {
        Some(kind) if kind != "BPE" && kind != "WordPiece" => Error::unsupported(format!(
            "tokenizer.json holds a {kind} tokenizer; BPE and WordPiece are supported"
        )),
        _ => bad_file(&error.to_string()),
    })
}

/// The parts of the file that surround the model.
#[derive(Deserialize)]
struct Surroundings {
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    decoder: Option<Value>,
}

/// Refuses stages of kinds that are not supported by their names.
fn check_stages(json: &[u8]) -> Result<()> {
    let file: Surroundings =
        serde_json::from_slice(json).map_err(|error| bad_file(&error.to_string()))?;
    file.normalizer
        .as_ref()
        .map_or(Ok(()), Stages::<NormalizerStage>::check)?;
    file.pre_tokenizer
        .as_ref()
        .map_or(Ok(()), Stages::<PreTokenizerStage>::check)?;
    file.decoder
        .as_ref()
        .map_or(Ok(()), Stages::<DecoderStage>::check)
}

fn bad_file(reason: &str) -> Error {
    Error::bad_file(format!(
        "tokenizer.json is not a tokenizer of the Hugging Face `tokenizers` library ({reason}); \
         get the file again from where the model came from, or write it with \
         `AutoTokenizer.from_pretrained(...).save_pretrained(...)`"
    ))
}

fn model_type(json: &[u8]) -> Option<String> {
    let file: Value = serde_json::from_slice(json).ok()?;
    file.get("model")?.get("type")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    fn file(model: &str) -> Vec<u8> {
        format!(
            r###"{{"version":"1.0","truncation":null,"padding":null,"added_tokens":[
            {{"id":4,"content":"[MASK]","single_word":false,"lstrip":false,"rstrip":false,
              "normalized":false,"special":true}}],
            "normalizer":{{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
              "strip_accents":null,"lowercase":true}},
            "pre_tokenizer":{{"type":"BertPreTokenizer"}},"post_processor":null,
            "decoder":{{"type":"WordPiece","prefix":"##","cleanup":true}},"model":{model}}}"###
        )
        .into_bytes()
    }

    #[test]
    fn word_pieces_are_cut_and_joined() {
        let model = r###"{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
            "max_input_chars_per_word":100,
            "vocab":{"[UNK]":0,"play":1,"##ing":2,"we":3,"[MASK]":4}}"###;
        let tokenizer = read(&file(model)).unwrap();
        let encoding = tokenizer.encode_fast("We playing [MASK]", false).unwrap();
        assert_eq!(encoding.get_ids(), [3, 1, 2, 4]);
        assert_eq!(tokenizer.decode(&[3, 1, 2], true).unwrap(), "we playing");
        let broken = read(&file(r#"{"type":"WordPiece","vocab":{}}"#)).unwrap_err();
        assert_eq!(broken.code, ErrorCode::BadFile);
    }

    #[test]
    fn a_byte_pair_model_need_not_say_its_type() {
        let fields = r#""vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]"#;
        for model in [
            format!("{{{fields}}}"),
            format!(r#"{{"type":"BPE",{fields}}}"#),
            format!(r#"{{"dropout":null,{fields}}}"#),
        ] {
            let tokenizer = read(&file(&model)).unwrap();
            let encoding = tokenizer.encode_fast("ab", false).unwrap();
            assert_eq!(encoding.get_ids(), [2], "{model}");
        }
        assert_eq!(read(&file("{}")).unwrap_err().code, ErrorCode::BadFile);
        assert_eq!(read(&file("3")).unwrap_err().code, ErrorCode::BadFile);
    }

    #[test]
    fn another_model_is_refused_by_name() {
        let json = br#"{"version":"1.0","model":{"type":"Unigram","vocab":[]}}"#;
        let error = read(json).unwrap_err();
        assert_eq!(error.code, ErrorCode::UnsupportedModel);
        assert!(error.message.contains("Unigram"), "{error}");
    }

    fn with_stages(normalizer: &str, pre_tokenizer: &str, decoder: &str) -> Result<Tokenizer> {
        let json = format!(
            r#"{{"version": "1.0", "added_tokens": [], "normalizer": {normalizer},
                "pre_tokenizer": {pre_tokenizer}, "decoder": {decoder},
                "model": {{"type": "BPE", "vocab": {{"a": 0, "b": 1}}, "merges": []}}}}"#
        );
        read(json.as_bytes())
    }

    #[test]
    fn stages_run_in_their_order_also_within_each_other() {
        let inner = r#"{"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "Prepend", "prepend": "b"}]}"#;
        let normalizer = format!(
            r#"{{"type": "Sequence", "normalizers": [{inner},
                {{"type": "Replace", "pattern": {{"String": "bb"}}, "content": "ab"}}]}}"#
        );
        let decoder = r#"{"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "a"}, "content": "c"}, {"type": "Fuse"}]}"#;
        let empty = r#"{"type": "Sequence", "pretokenizers": []}"#;
        let tokenizer = with_stages(&normalizer, empty, decoder).unwrap();
        let encoding = tokenizer.encode_fast("BA", false).unwrap();
        assert_eq!(encoding.get_ids(), [0, 1, 0]);
        assert_eq!(tokenizer.decode(&[0, 1], true).unwrap(), "cb");
    }

    #[test]
    fn broken_stages_are_an_error() {
        assert!(with_stages("null", "null", "null").is_ok());
        for broken in [
            r#"{1: 2}"#,
            r#"{"type": "\ud800"}"#,
            "[1",
            r#"{"type""#,
            r#"{"type": "Replace"}"#,
            r#"{"type": "Sequence"}"#,
            r#"{"type": "Sequence", "decoders": 3}"#,
        ] {
            let error = with_stages("null", "null", broken).unwrap_err();
            assert_eq!(error.code, ErrorCode::BadFile, "{broken}: {error}");
        }
    }

    #[test]
    fn stages_that_are_not_supported_are_refused_by_name() {
        let compiled = r#"{"type": "Precompiled", "precompiled_charsmap": "AAAA"}"#;
        let nested = format!(r#"{{"type": "Sequence", "normalizers": [{compiled}]}}"#);
        let untyped = r#"{"precompiled_charsmap": "AAAA"}"#;
        let scripts = r#"{"type": "UnicodeScripts"}"#;
        for (normalizer, pre_tokenizer, decoder, named) in [
            (compiled, "null", "null", "\"Precompiled\""),
            (&nested, "null", "null", "\"Precompiled\""),
            (untyped, "null", "null", "no type"),
            ("null", scripts, "null", "\"UnicodeScripts\""),
            ("null", "null", r#"{"type": "CTC"}"#, "\"CTC\""),
        ] {
            let error = with_stages(normalizer, pre_tokenizer, decoder).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnsupportedModel, "{error}");
            assert!(error.message.contains(named), "{error}");
        }
    }
}
