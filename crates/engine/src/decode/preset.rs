//! Choices that go together, under one word.

use serde::{Deserialize, Serialize};

use super::method::Choice;

/// A word for a whole way of decoding; every option that is given beside it wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// One token a step: the quality that the others are measured against.
    Exact,
    /// Threshold 0.95: close to `exact`, about twice as fast on a strong model.
    Quality,
    /// Threshold 0.9: the default.
    Balanced,
    /// LocalLeap: lower demands beside what is sure.
    Fast,
    /// Entropy at most 0.5, for weights that were distilled for it (dParallel, d3LLM).
    Distilled,
    /// LLaDA2.1's quality mode, for weights that were trained to edit: threshold 0.7, overwrite
    /// above 0.5.
    Editing,
}

impl Preset {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("exact", Self::Exact),
        ("quality", Self::Quality),
        ("balanced", Self::Balanced),
        ("fast", Self::Fast),
        ("distilled", Self::Distilled),
        ("editing", Self::Editing),
    ];

    /// What it is for, in a sentence.
    #[must_use]
    pub fn doc(self) -> &'static str {
        match self {
            Self::Exact => "One token a step: the slowest, and what the others are held against.",
            Self::Quality => "Commits what is at least 95 % sure.",
            Self::Balanced => "Commits what is at least 90 % sure.",
            Self::Fast => "Commits what is sure, and asks for less beside it.",
            Self::Distilled => "Commits by low entropy, for weights that were distilled for it.",
            Self::Editing => "Commits early and overwrites, for weights that were trained to edit.",
        }
    }

    /// What is committed.
    #[must_use]
    pub fn select(self) -> Choice {
        let threshold = |value: f64| Choice::new("threshold").with("threshold", value);
        match self {
            Self::Exact => Choice::new("even"),
            Self::Quality => threshold(0.95),
            Self::Balanced => threshold(0.9),
            Self::Fast => Choice::new("localleap"),
            Self::Distilled => Choice::new("entropy"),
            Self::Editing => threshold(0.7),
        }
    }

    /// What is undone.
    #[must_use]
    pub fn revise(self) -> Choice {
        match self {
            Self::Editing => Choice::new("edit").with("threshold", 0.5),
            _ => Choice::new("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::method::check;
    use crate::decode::{revise, select};

    #[test]
    fn every_preset_names_methods_and_values_that_exist() {
        for (name, preset) in Preset::ALL {
            check("select", select::METHODS, &preset.select()).unwrap();
            check("revise", revise::METHODS, &preset.revise()).unwrap();
            let json = serde_json::to_string(&preset).unwrap();
            assert_eq!(json, format!("\"{name}\""));
        }
    }
}
