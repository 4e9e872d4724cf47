//! The two ways of cutting words that supported checkpoints use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::{Model, Token};

/// How a word becomes tokens.
#[derive(Clone, Debug)]
pub(in crate::text) enum Subwords {
    /// Pairs are merged, the earliest rule first.
    Bpe(BPE),
    /// The longest known piece is cut off, again and again (BERT).
    WordPiece(WordPiece),
}

/// What the model does, whichever it is.
macro_rules! each {
    ($self:expr, $model:ident => $call:expr) => {
        match $self {
            Subwords::Bpe($model) => $call,
            Subwords::WordPiece($model) => $call,
        }
    };
}

impl Subwords {
    /// Its name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bpe(_) => "BPE",
            Self::WordPiece(_) => "WordPiece",
        }
    }
}

impl Model for Subwords {
    type Trainer = TrainerWrapper;

    fn tokenize(&self, sequence: &str) -> tokenizers::Result<Vec<Token>> {
        each!(self, model => model.tokenize(sequence))
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        each!(self, model => model.token_to_id(token))
    }

    fn id_to_token(&self, id: u32) -> Option<String> {
        each!(self, model => model.id_to_token(id))
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        each!(self, model => model.get_vocab())
    }

    fn get_vocab_size(&self) -> usize {
        each!(self, model => model.get_vocab_size())
    }

    fn save(&self, folder: &Path, prefix: Option<&str>) -> tokenizers::Result<Vec<PathBuf>> {
        each!(self, model => model.save(folder, prefix))
    }

    fn get_trainer(&self) -> TrainerWrapper {
        each!(self, model => model.get_trainer().into())
    }
}

/// Reads the model without holding it twice: its kind is what comes first.
impl<'de> Deserialize<'de> for Subwords {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KindFirst)
    }
}

struct KindFirst;

impl<'de> Visitor<'de> for KindFirst {
    type Value = Subwords;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a model of tokenizer.json, its \"type\" first")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Subwords, M::Error> {
        let first: Option<String> = map.next_key()?;
        let kind: String = match first.as_deref() {
            Some("type") => map.next_value()?,
            // Old files of byte-pair encodings have no type.
            _ => {
                let rest = MapAccessDeserializer::new(Preceded { first, map });
                return BPE::deserialize(rest).map(Subwords::Bpe);
            }
        };
        let rest = MapAccessDeserializer::new(map);
        match kind.as_str() {
            "BPE" => BPE::deserialize(rest).map(Subwords::Bpe),
            "WordPiece" => WordPiece::deserialize(rest).map(Subwords::WordPiece),
            other => Err(M::Error::custom(format!("unknown kind {other:?}"))),
        }
    }
}

/// A map whose first key was read already.
struct Preceded<M> {
    first: Option<String>,
    map: M,
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Preceded<M> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, M::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        self.map.next_value_seed(seed)
    }
}
