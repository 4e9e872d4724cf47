//! Every method as data, for whoever lists them: the command line, the npm types, the guide.

use serde::Serialize;

use super::{Default, Kind, Method, Parameter};
use crate::decode::{exit, revise, select, structure};

/// A method without the code behind it.
#[derive(Clone, Debug, Serialize)]
pub struct MethodCard {
    /// The option that takes it: `select`, `revise`, `structure` or `exit`.
    pub kind: &'static str,
    /// What a caller writes.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Whose it is.
    pub source: &'static str,
    /// What can be set.
    pub parameters: Vec<ParameterCard>,
}

/// A parameter of a method.
#[derive(Clone, Debug, Serialize)]
pub struct ParameterCard {
    /// What a caller writes.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// What it takes, in words.
    pub expected: String,
    /// The words it takes; empty for a number.
    pub words: &'static [&'static str],
    /// Its value when left out, as it is written; absent where the method derives it.
    pub default: Option<String>,
}

/// Every method there is, by kind.
#[must_use]
pub fn catalog() -> Vec<MethodCard> {
    let mut cards = Vec::new();
    cards.extend(select::METHODS.iter().map(|method| card("select", method)));
    cards.extend(revise::METHODS.iter().map(|method| card("revise", method)));
    let structures = structure::METHODS.iter();
    cards.extend(structures.map(|method| card("structure", method)));
    cards.extend(exit::METHODS.iter().map(|method| card("exit", method)));
    cards
}

fn card<P: ?Sized>(kind: &'static str, method: &Method<P>) -> MethodCard {
    MethodCard {
        kind,
        name: method.name,
        doc: method.doc,
        source: method.source,
        parameters: method.parameters.iter().map(parameter_card).collect(),
    }
}

fn parameter_card(parameter: &Parameter) -> ParameterCard {
    ParameterCard {
        name: parameter.name,
        doc: parameter.doc,
        expected: parameter.kind.expected(),
        words: match parameter.kind {
            Kind::Word(words) => words,
            Kind::Real(..) | Kind::Count(..) => &[],
        },
        default: match parameter.default {
            Default::Number(number) => Some(number.to_string()),
            Default::Word(word) => Some(word.to_owned()),
            Default::Derived => None,
        },
    }
}
