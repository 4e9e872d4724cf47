//! What a method lets the caller set.

use super::prose;

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A number between two others, both included.
    Real(f64, f64),
    /// A whole number between two others, both included.
    Count(u32, u32),
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Kind {
    /// How an error describes the range.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Real(least, most) if most.is_finite() => {
                format!("a number from {least} to {most}")
            }
            Self::Real(least, _) => format!("a number from {least} on"),
            Self::Count(least, u32::MAX) => format!("a whole number from {least} on"),
            Self::Count(least, most) => format!("a whole number from {least} to {most}"),
            Self::Word(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// What a parameter is when the caller leaves it out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// This number.
    Number(f64),
    /// This word.
    Word(&'static str),
    /// The piece derives it; the parameter's text says how.
    Derived,
}

/// One thing that can be set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// What a caller writes.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is when left out.
    pub default: Default,
    /// What it does.
    pub doc: &'static str,
}

impl Parameter {
    /// A probability, 0 to 1.
    #[must_use]
    pub const fn probability(name: &'static str, default: f64, doc: &'static str) -> Self {
        Self::real(name, 0.0, 1.0, default, doc)
    }

    /// A number from `least` to `most`.
    #[must_use]
    pub const fn real(
        name: &'static str,
        least: f64,
        most: f64,
        default: f64,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            kind: Kind::Real(least, most),
            default: Default::Number(default),
            doc: prose(doc),
        }
    }

    /// A whole number from `least` on.
    #[must_use]
    pub const fn count(name: &'static str, least: u32, default: u32, doc: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Count(least, u32::MAX),
            default: Default::Number(default as f64),
            doc: prose(doc),
        }
    }

    /// A whole number from `least` on that the piece derives when it is left out.
    #[must_use]
    pub const fn derived_count(name: &'static str, least: u32, doc: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Count(least, u32::MAX),
            default: Default::Derived,
            doc: prose(doc),
        }
    }

    /// A number from `least` to `most` that the piece derives when it is left out.
    #[must_use]
    pub const fn derived_real(
        name: &'static str,
        least: f64,
        most: f64,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            kind: Kind::Real(least, most),
            default: Default::Derived,
            doc: prose(doc),
        }
    }

    /// One of `words`, the first by default.
    #[must_use]
    pub const fn word(
        name: &'static str,
        words: &'static [&'static str],
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            kind: Kind::Word(words),
            default: Default::Word(words[0]),
            doc: prose(doc),
        }
    }
}
