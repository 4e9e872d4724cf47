//! What surrounds the model of a tokenizer: the library's normalizers, pre-tokenizers and decoders, by their names.
//!
//! The library's own wrappers bring all of them, and try each in turn where they do not know a name: code that a
//! visitor would download. These go by the name alone.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokenizers::decoders::bpe::BPEDecoder;
use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::strip::Strip as StripDecoder;
use tokenizers::decoders::wordpiece::WordPiece;
use tokenizers::normalizers::{
    BertNormalizer, ByteLevel as ByteLevelNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Nmt,
    Prepend, Replace, Strip, StripAccents,
};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::delimiter::CharDelimiterSplit;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::fixed_length::FixedLength;
use tokenizers::pre_tokenizers::metaspace::Metaspace;
use tokenizers::pre_tokenizers::punctuation::Punctuation;
use tokenizers::pre_tokenizers::split::Split;
use tokenizers::pre_tokenizers::whitespace::{Whitespace, WhitespaceSplit};
use tokenizers::{Decoder, NormalizedString, Normalizer, PreTokenizedString, PreTokenizer};

use crate::{Error, Result};

/// Stages that follow each other; a sequence within a sequence is part of it.
#[derive(Clone, Debug)]
pub(in crate::text) struct Stages<S>(Vec<S>);

/// One of the stages that a file may name.
pub(in crate::text) trait Stage: Sized {
    /// What such a stage is called.
    const WHAT: &'static str;
    /// The field of a sequence that lists its stages.
    const PARTS: &'static str;
    /// The names of all.
    const KINDS: &'static [&'static str];

    /// The stage of a kind.
    fn read(kind: &str, value: Value) -> serde_json::Result<Self>;
}

/// An enum of stages whose variants are called as files call them.
macro_rules! stages {
    ($name:ident of $trait:ident, $what:literal in $parts:literal: $($kind:ident($type:ty),)*) => {
        #[doc = concat!("A ", $what, " of the library.")]
        #[derive(Clone, Debug)]
        // Files write them so.
        #[allow(clippy::upper_case_acronyms)]
        pub(in crate::text) enum $name {
            $($kind($type),)*
        }

        impl $name {
            /// The library's own.
            pub fn inner(&self) -> &dyn $trait {
                match self {
                    $(Self::$kind(stage) => stage,)*
                }
            }
        }

        impl Stage for $name {
            const WHAT: &'static str = $what;
            const PARTS: &'static str = $parts;
            const KINDS: &'static [&'static str] = &[$(stringify!($kind)),*];

            fn read(kind: &str, value: Value) -> serde_json::Result<Self> {
                match kind {
                    $(stringify!($kind) => serde_json::from_value(value).map(Self::$kind),)*
                    _ => Err(serde_json::Error::custom(format!("unknown {} {kind:?}", $what))),
                }
            }
        }
    };
}

stages! {
    NormalizerStage of Normalizer, "normalizer" in "normalizers":
    BertNormalizer(BertNormalizer),
    ByteLevel(ByteLevelNormalizer),
    Lowercase(Lowercase),
    NFC(NFC),
    NFD(NFD),
    NFKC(NFKC),
    NFKD(NFKD),
    Nmt(Nmt),
    Prepend(Prepend),
    Replace(Replace),
    Strip(Strip),
    StripAccents(StripAccents),
}

stages! {
    PreTokenizerStage of PreTokenizer, "pre-tokenizer" in "pretokenizers":
    BertPreTokenizer(BertPreTokenizer),
    ByteLevel(ByteLevel),
    CharDelimiterSplit(CharDelimiterSplit),
    Digits(Digits),
    FixedLength(FixedLength),
    Metaspace(Metaspace),
    Punctuation(Punctuation),
    Split(Split),
    Whitespace(Whitespace),
    WhitespaceSplit(WhitespaceSplit),
}

stages! {
    DecoderStage of Decoder, "decoder" in "decoders":
    BPEDecoder(BPEDecoder),
    ByteFallback(ByteFallback),
    ByteLevel(ByteLevel),
    Fuse(Fuse),
    Metaspace(Metaspace),
    Replace(Replace),
    Strip(StripDecoder),
    WordPiece(WordPiece),
}

impl<S: Stage> Stages<S> {
    /// The stages in the order they run.
    pub fn as_slice(&self) -> &[S] {
        &self.0
    }

    /// Refuses stages of a kind that is not supported.
    ///
    /// # Errors
    /// `unsupported_model`, with the name and those that are.
    pub fn check(value: &Value) -> Result<()> {
        let kind = value["type"].as_str();
        match kind {
            Some("Sequence") => {
                let parts = value[S::PARTS].as_array();
                parts.into_iter().flatten().try_for_each(Self::check)
            }
            Some(kind) if S::KINDS.contains(&kind) => Ok(()),
            _ => Err(Error::unsupported(format!(
                "tokenizer.json has a {} of {}; supported are {} and sequences of them",
                S::WHAT,
                kind.map_or_else(|| "no type".to_owned(), |kind| format!("type {kind:?}")),
                S::KINDS.join(", ")
            ))),
        }
    }

    fn read(&mut self, mut value: Value) -> serde_json::Result<()> {
        let kind: String = Deserialize::deserialize(&value["type"])?;
        if kind == "Sequence" {
            let parts: Vec<Value> = serde_json::from_value(value[S::PARTS].take())?;
            return parts.into_iter().try_for_each(|part| self.read(part));
        }
        self.0.push(S::read(&kind, value)?);
        Ok(())
    }
}

impl<'de, S: Stage> Deserialize<'de> for Stages<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let mut stages = Self(Vec::new());
        stages.read(value).map_err(D::Error::custom)?;
        Ok(stages)
    }
}

impl Normalizer for Stages<NormalizerStage> {
    fn normalize(&self, text: &mut NormalizedString) -> tokenizers::Result<()> {
        let mut stages = self.0.iter();
        stages.try_for_each(|stage| stage.inner().normalize(text))
    }
}

impl PreTokenizer for Stages<PreTokenizerStage> {
    fn pre_tokenize(&self, text: &mut PreTokenizedString) -> tokenizers::Result<()> {
        let mut stages = self.0.iter();
        stages.try_for_each(|stage| stage.inner().pre_tokenize(text))
    }
}

impl Decoder for Stages<DecoderStage> {
    fn decode_chain(&self, tokens: Vec<String>) -> tokenizers::Result<Vec<String>> {
        let mut stages = self.0.iter();
        stages.try_fold(tokens, |tokens, stage| stage.inner().decode_chain(tokens))
    }
}
