//! Every method as data, for whoever lists them: the command line, the npm types, the guide.

use serde::Serialize;

use super::{Choice, Default, Kind, Method, Parameter};
use crate::decode::{Preset, exit, revise, row_plan, select, structure};

/// A method without the code behind it.
#[derive(Clone, Debug, Serialize)]
pub struct MethodCard {
    /// The option that takes it: `select`, `revise`, `structure`, `exit` or `cache`.
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
    /// The least number it takes.
    pub least: Option<f64>,
    /// The largest number it takes, where there is one.
    pub most: Option<f64>,
    /// Whether the number is a whole one.
    pub whole: bool,
    /// Its value when left out, as it is written; absent where the method derives it.
    pub default: Option<String>,
}

/// A preset as data.
#[derive(Clone, Debug, Serialize)]
pub struct PresetCard {
    /// What a caller writes.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// What it commits.
    pub select: Choice,
    /// What it undoes.
    pub revise: Choice,
}

/// Every preset there is.
#[must_use]
pub fn presets() -> Vec<PresetCard> {
    let card = |(name, preset): (&'static str, Preset)| PresetCard {
        name,
        doc: preset.doc(),
        select: preset.select(),
        revise: preset.revise(),
    };
    Preset::ALL.into_iter().map(card).collect()
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
    let caches = row_plan::METHODS.iter();
    cards.extend(caches.map(|method| card("cache", method)));
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
    let (least, most) = bounds(parameter.kind);
    ParameterCard {
        name: parameter.name,
        doc: parameter.doc,
        expected: parameter.kind.expected(),
        words: match parameter.kind {
            Kind::Word(words) => words,
            Kind::Real(..) | Kind::Count(..) => &[],
        },
        least,
        most,
        whole: matches!(parameter.kind, Kind::Count(..)),
        default: match parameter.default {
            Default::Number(number) => Some(number.to_string()),
            Default::Word(word) => Some(word.to_owned()),
            Default::Derived => None,
        },
    }
}

/// The limits of a number; neither for words.
fn bounds(kind: Kind) -> (Option<f64>, Option<f64>) {
    match kind {
        Kind::Real(least, most) => (Some(least), most.is_finite().then_some(most)),
        Kind::Count(least, most) => {
            let most = (most < u32::MAX).then_some(most);
            (Some(least.into()), most.map(f64::from))
        }
        Kind::Word(_) => (None, None),
    }
}
