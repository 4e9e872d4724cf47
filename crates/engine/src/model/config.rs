//! Typed access to a checkpoint's JSON configurations, which strangers wrote.

use serde_json::Value;

use crate::error::{Error, Result};

/// Largest size any field may give: keeps products of a few of them within 64 bits.
const LARGEST_SIZE: u64 = 1 << 24;

/// A parsed `config.json` or `generation_config.json`.
#[derive(Clone, Debug)]
pub struct Config(Value);

impl Config {
    /// Wraps the file's JSON.
    ///
    /// # Errors
    /// `bad_file` when it is not an object.
    pub fn new(json: Value) -> Result<Self> {
        if json.is_object() {
            return Ok(Self(json));
        }
        Err(Error::bad_file(
            "a configuration of the model is not a JSON object; the model folder is damaged, download it again",
        ))
    }

    /// The field `name`, unless it is absent or null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text field.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A flag that may be absent.
    ///
    /// # Errors
    /// `bad_file` when it is no boolean.
    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        let boolean = |value: &Value| {
            value
                .as_bool()
                .ok_or_else(|| wrong(name, "true or false", value))
        };
        self.get(name).map(boolean).transpose()
    }

    /// A size that may be absent.
    ///
    /// # Errors
    /// `bad_file` when it is no positive integer of reasonable size.
    pub fn optional_size(&self, name: &str) -> Result<Option<usize>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(size) if (1..=LARGEST_SIZE).contains(&size) => Ok(Some(size as usize)),
            _ => Err(wrong(name, "a positive integer up to 16777216", value)),
        }
    }

    /// A number of layers or heads, which must be there.
    ///
    /// # Errors
    /// `bad_file` when it is absent or no number of that magnitude.
    pub fn count(&self, name: &str) -> Result<usize> {
        // Every layer is listed with its tensors before any of them is looked for.
        const MOST: usize = 1024;
        match self.size(name)? {
            count if count <= MOST => Ok(count),
            count => Err(wrong(name, "at most 1024", &count.into())),
        }
    }

    /// A size that must be there.
    ///
    /// # Errors
    /// `bad_file` when it is absent or no positive integer of reasonable size.
    pub fn size(&self, name: &str) -> Result<usize> {
        self.optional_size(name)?.ok_or_else(|| {
            Error::bad_file(format!(
                "config.json has no \"{name}\"; a positive integer is expected"
            ))
        })
    }

    /// A positive number, `default` where absent.
    ///
    /// # Errors
    /// `bad_file` when it is no positive number.
    pub fn number(&self, name: &str, default: f64) -> Result<f64> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        match value.as_f64() {
            Some(number) if number > 0.0 && number.is_finite() => Ok(number),
            _ => Err(wrong(name, "a positive number", value)),
        }
    }

    /// A nested object that may be absent.
    ///
    /// # Errors
    /// `bad_file` when it is something else.
    pub fn object(&self, name: &str) -> Result<Option<Self>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) if value.is_object() => Ok(Some(Self(value.clone()))),
            Some(value) => Err(wrong(name, "an object", value)),
        }
    }

    /// The class that wrote the checkpoint, the first of `architectures`.
    #[must_use]
    pub fn class(&self) -> Option<&str> {
        self.get("architectures")?.as_array()?.first()?.as_str()
    }

    /// Says of the checkpoint what its file does not.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Value::Object(fields) = &mut self.0 {
            fields.insert(name.to_owned(), value.into());
        }
    }

    /// Token ids: one or a list, empty where absent.
    ///
    /// # Errors
    /// `bad_file` when an entry is no token id.
    pub fn ids(&self, name: &str) -> Result<Vec<u32>> {
        let Some(value) = self.get(name) else {
            return Ok(Vec::new());
        };
        let one = std::slice::from_ref(value);
        let entries = value.as_array().map_or(one, Vec::as_slice);
        let id = |entry: &Value| {
            let id = entry.as_u64().and_then(|id| u32::try_from(id).ok());
            id.ok_or_else(|| wrong(name, "a token id or a list of them", value))
        };
        entries.iter().map(id).collect()
    }
}

fn wrong(name: &str, expected: &str, found: &Value) -> Error {
    let mut shown = found.to_string();
    shown.truncate(shown.floor_char_boundary(60));
    Error::bad_file(format!(
        "the model's configuration: \"{name}\" is {shown}; {expected} is expected"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_checked_and_named() {
        let fields = json!({
            "a": 3, "b": "x", "c": -1, "d": null, "e": [1, 2], "f": 7, "g": 1e300, "h": 1025
        });
        let config = Config::new(fields).unwrap();
        assert_eq!(config.size("a").unwrap(), 3);
        for bad in ["b", "c", "d", "absent", "g"] {
            assert!(config.size(bad).unwrap_err().message.contains(bad), "{bad}");
        }
        assert_eq!(config.optional_size("d").unwrap(), None);
        assert_eq!(config.count("a").unwrap(), 3);
        assert!(config.count("h").is_err());
        assert_eq!(config.ids("e").unwrap(), [1, 2]);
        assert_eq!(config.ids("f").unwrap(), [7]);
        assert!(config.ids("c").is_err());
        assert!(config.number("c", 1.0).is_err());
        assert!(config.flag("a").is_err());
        assert!(config.object("a").is_err());
        assert!(config.object("d").unwrap().is_none());
        assert!(Config::new(json!([])).is_err());
    }
}
