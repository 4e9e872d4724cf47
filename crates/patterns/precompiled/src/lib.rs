//! What `tokenizers` uses of spm_precompiled, for tokenizers that have no compiled map.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// A compiled map of characters: there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precompiled {}

impl Precompiled {
    /// What `chunk` is replaced by.
    #[must_use]
    pub fn transform(&self, _chunk: &str) -> Option<&str> {
        match *self {}
    }
}

impl Serialize for Precompiled {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for Precompiled {
    /// # Errors
    /// Always.
    fn deserialize<D: Deserializer<'de>>(_deserializer: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(
            "compiled character maps are those of Unigram tokenizers, which are not supported",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Precompiled;

    #[test]
    fn no_map_is_read() {
        let map = r#"{"type":"Precompiled","precompiled_charsmap":"AAAA"}"#;
        let error = serde_json::from_str::<Precompiled>(map).unwrap_err();
        assert!(error.to_string().contains("Unigram"), "{error}");
    }
}
