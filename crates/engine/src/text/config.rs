//! What `tokenizer_config.json` says that `tokenizer.json` does not: named tokens, chat templates.

use serde_json::{Map, Value};

use crate::{Error, Result};

/// The parts of `tokenizer_config.json` that the engine reads; empty when the file is absent.
#[derive(Debug, Default)]
pub(super) struct TokenizerConfig {
    entries: Map<String, Value>,
}

impl TokenizerConfig {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// `bad_file` when they are not a JSON object.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let entries = serde_json::from_slice(bytes).map_err(|error| {
            Error::bad_file(format!(
                "tokenizer_config.json is not a JSON object ({error}); get the file again from \
                 where the model came from, or delete it (it is optional)"
            ))
        })?;
        Ok(Self { entries })
    }

    /// The token called `name` ("mask_token", "bos_token", ...): a string or `{"content": string}`.
    pub fn token(&self, name: &str) -> Option<&str> {
        content(self.entries.get(name)?)
    }

    /// Every `*_token` with its text, as chat templates expect them (`bos_token`, `eos_token`, ...).
    pub fn tokens(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = self
            .entries
            .iter()
            .filter(|(name, _)| name.ends_with("_token"));
        named.filter_map(|(name, value)| Some((name.as_str(), content(value)?)))
    }

    /// The chat template: a string, or in a list of named ones "default", else the first.
    pub fn chat_template(&self) -> Option<&str> {
        match self.entries.get("chat_template")? {
            Value::String(source) => Some(source),
            Value::Array(named) => {
                let is_default = |entry: &&Value| entry["name"] == "default";
                let entry = named.iter().find(is_default).or_else(|| named.first())?;
                entry["template"].as_str()
            }
            _ => None,
        }
    }
}

/// The text of a token that is written as a string or as `{"content": string, ...}`.
fn content(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["content"].as_str())
}

#[cfg(test)]
mod tests {
    use super::TokenizerConfig;

    fn config(json: &str) -> TokenizerConfig {
        TokenizerConfig::from_bytes(json.as_bytes()).unwrap()
    }

    #[test]
    fn tokens_are_strings_or_objects() {
        let config = config(
            r#"{"mask_token": {"content": "<M>"}, "eos_token": "</s>", "bos_token": null,
                "add_bos_token": false}"#,
        );
        assert_eq!(config.token("mask_token"), Some("<M>"));
        assert_eq!(config.token("bos_token"), None);
        let tokens: Vec<_> = config.tokens().collect();
        assert_eq!(tokens, [("eos_token", "</s>"), ("mask_token", "<M>")]);
    }

    #[test]
    fn a_list_of_templates_has_a_default() {
        let named = r#"{"chat_template": [{"name": "tool_use", "template": "t"},
                                          {"name": "default", "template": "d"}]}"#;
        assert_eq!(config(named).chat_template(), Some("d"));
        let unnamed = r#"{"chat_template": [{"name": "rag", "template": "r"}]}"#;
        assert_eq!(config(unnamed).chat_template(), Some("r"));
        assert_eq!(config(r#"{"chat_template": []}"#).chat_template(), None);
        assert_eq!(
            config(r#"{"chat_template": "s"}"#).chat_template(),
            Some("s")
        );
    }

    #[test]
    fn a_corrupt_file_says_so() {
        let error = TokenizerConfig::from_bytes(b"[1]").unwrap_err();
        assert_eq!(error.code, crate::ErrorCode::BadFile);
        assert!(error.message.contains("tokenizer_config.json"));
    }
}
