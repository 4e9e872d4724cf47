//! A method's name with the values that the caller sets.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Result};

/// A value that the caller gives.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number, whole or not.
    Number(f64),
    /// A word.
    Word(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// A method and its values, written `name` or `name:parameter=value,parameter=value`.
///
/// JSON takes that string, or an object with the name under `method` and the values beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The method.
    pub name: String,
    /// What is set; the rest has its defaults.
    pub values: BTreeMap<String, Value>,
}

impl Choice {
    /// The method `name` with its defaults.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            values: BTreeMap::new(),
        }
    }

    /// The same with a number set.
    #[must_use]
    pub fn with(mut self, parameter: &str, number: impl Into<f64>) -> Self {
        self.values
            .insert(parameter.to_owned(), Value::Number(number.into()));
        self
    }

    /// The same with a word set.
    #[must_use]
    pub fn with_word(mut self, parameter: &str, word: &str) -> Self {
        self.values
            .insert(parameter.to_owned(), Value::Word(word.to_owned()));
        self
    }
}

impl FromStr for Choice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let mut choice = Self::new(name.trim());
        for pair in rest.split(',').filter(|pair| !pair.trim().is_empty()) {
            let (parameter, value) = pair.split_once('=').ok_or_else(|| {
                Error::bad_input(format!(
                    "{pair:?} in {text:?} sets nothing; write {name}:parameter=value"
                ))
            })?;
            let value = value.trim();
            let value = value
                .parse()
                .map_or_else(|_| Value::Word(value.to_owned()), Value::Number);
            choice.values.insert(parameter.trim().to_owned(), value);
        }
        Ok(choice)
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)?;
        for (index, (parameter, value)) in self.values.iter().enumerate() {
            let before = if index == 0 { ':' } else { ',' };
            write!(f, "{before}{parameter}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for Choice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChoiceVisitor)
    }
}

struct ChoiceVisitor;

impl<'de> Visitor<'de> for ChoiceVisitor {
    type Value = Choice;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a method's name, or an object with the name under \"method\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Choice, E> {
        text.parse()
            .map_err(|error: Error| E::custom(error.message))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Choice, A::Error> {
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        while let Some((key, value)) = map.next_entry()? {
            values.insert(key, value);
        }
        match values.remove("method") {
            Some(Value::Word(name)) => Ok(Choice { name, values }),
            _ => Err(A::Error::custom("\"method\" must hold the method's name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_written_and_read_the_same() {
        for text in [
            "even",
            "threshold:threshold=0.9",
            "sched:high=7.5,shape=cosine",
        ] {
            let choice: Choice = text.parse().unwrap();
            assert_eq!(choice.to_string(), text);
            let json = serde_json::to_string(&choice).unwrap();
            assert_eq!(serde_json::from_str::<Choice>(&json).unwrap(), choice);
        }
        let object = r#"{"method":"sched","high":7.5,"shape":"cosine"}"#;
        let choice = Choice::new("sched")
            .with("high", 7.5)
            .with_word("shape", "cosine");
        assert_eq!(serde_json::from_str::<Choice>(object).unwrap(), choice);
    }

    #[test]
    fn what_sets_nothing_is_refused() {
        let error = "even:steps".parse::<Choice>().unwrap_err();
        assert!(error.message.contains("even:parameter=value"), "{error}");
        assert!(serde_json::from_str::<Choice>(r#"{"steps":3}"#).is_err());
        assert!(serde_json::from_str::<Choice>("3").is_err());
    }
}
