//! The values of a method, checked against its parameters.

use super::{Choice, Default, Kind, Parameter, Value};
use crate::{Error, Result};

/// Every parameter's value, the caller's or the default. Asking for a name or a kind that the
/// method does not declare is a mistake of the method and panics.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(Vec<(&'static str, Value)>);

impl Values {
    /// `choice`'s values over the defaults of `parameters`.
    ///
    /// # Errors
    /// `bad_input` for a parameter that does not exist or a value out of its range.
    pub fn resolve(
        kind: &str,
        method: &str,
        parameters: &[Parameter],
        choice: &Choice,
    ) -> Result<Self> {
        for name in choice.values.keys() {
            if !parameters.iter().any(|parameter| parameter.name == name) {
                return Err(unknown(kind, method, name, parameters));
            }
        }
        let mut values = Vec::with_capacity(parameters.len());
        for parameter in parameters {
            let value = match (choice.values.get(parameter.name), parameter.default) {
                (Some(given), _) => checked(given, method, parameter)?,
                (None, Default::Number(number)) => Value::Number(number),
                (None, Default::Word(word)) => Value::Word(word.to_owned()),
                (None, Default::Derived) => continue,
            };
            values.push((parameter.name, value));
        }
        Ok(Self(values))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    /// A number.
    #[must_use]
    pub fn real(&self, name: &str) -> f32 {
        self.number(name).expect("a number with a default") as f32
    }

    /// A whole number.
    #[must_use]
    pub fn count(&self, name: &str) -> u32 {
        self.number(name).expect("a count with a default") as u32
    }

    /// A whole number that the piece derives where it is absent.
    #[must_use]
    pub fn given_count(&self, name: &str) -> Option<u32> {
        self.number(name).map(|number| number as u32)
    }

    /// A number that the piece derives where it is absent.
    #[must_use]
    pub fn given_real(&self, name: &str) -> Option<f32> {
        self.number(name).map(|number| number as f32)
    }

    /// A word.
    #[must_use]
    pub fn word(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Value::Word(word)) => word,
            other => panic!("{name} is {other:?}, not a word"),
        }
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            Some(Value::Number(number)) => Some(*number),
            None => None,
            other => panic!("{name} is {other:?}, not a number"),
        }
    }
}

fn unknown(kind: &str, method: &str, name: &str, parameters: &[Parameter]) -> Error {
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
    let remedy = if names.is_empty() {
        "it has none, leave it out".to_owned()
    } else {
        format!("it has {}", names.join(", "))
    };
    Error::bad_input(format!("{kind} {method:?} has no {name}; {remedy}"))
}

fn checked(given: &Value, method: &str, parameter: &Parameter) -> Result<Value> {
    let fits = match (given, parameter.kind) {
        (Value::Number(number), Kind::Real(least, most)) => (least..=most).contains(number),
        (Value::Number(number), Kind::Count(least, most)) => {
            number.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(number)
        }
        (Value::Word(word), Kind::Word(words)) => words.contains(&word.as_str()),
        _ => false,
    };
    if fits {
        return Ok(given.clone());
    }
    Err(Error::bad_input(format!(
        "{} of {method} is {given}; give {}",
        parameter.name,
        parameter.kind.expected()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: &[Parameter] = &[
        Parameter::probability("threshold", 0.9, "how sure"),
        Parameter::derived_count("steps", 1, "how many"),
        Parameter::derived_real("rate", 0.0, 1.0, "how fast"),
        Parameter::word("shape", &["linear", "cosine"], "which"),
    ];

    fn resolve(text: &str) -> Result<Values> {
        Values::resolve("select", "toy", PARAMETERS, &text.parse().unwrap())
    }

    #[test]
    fn defaults_fill_what_is_not_given() {
        let values = resolve("toy").unwrap();
        assert_eq!(values.real("threshold"), 0.9);
        assert_eq!(values.given_count("steps"), None);
        assert_eq!(values.given_real("rate"), None);
        assert_eq!(values.word("shape"), "linear");
        let values = resolve("toy:threshold=1,steps=3,rate=0.5,shape=cosine").unwrap();
        assert_eq!(values.real("threshold"), 1.0);
        assert_eq!(values.given_count("steps"), Some(3));
        assert_eq!(values.given_real("rate"), Some(0.5));
        assert_eq!(values.word("shape"), "cosine");
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name_and_range() {
        for (text, part) in [
            (
                "toy:threshold=1.5",
                "threshold of toy is 1.5; give a number from 0 to 1",
            ),
            ("toy:threshold=NaN", "threshold of toy is NaN"),
            ("toy:threshold=high", "threshold of toy is high"),
            ("toy:steps=0", "give a whole number from 1 on"),
            ("toy:steps=2.5", "give a whole number from 1 on"),
            ("toy:shape=round", "give one of linear, cosine"),
            (
                "toy:speed=1",
                "has no speed; it has threshold, steps, rate, shape",
            ),
        ] {
            let error = resolve(text).unwrap_err();
            assert!(error.message.contains(part), "{error}");
        }
    }
}
