//! What the `tokenizers` library uses of the crate regex: a few fixed patterns and escaping.

pub use fancy_regex::{Error, Match, escape};

/// A pattern, ready to search.
#[derive(Clone, Debug)]
pub struct Regex(fancy_regex::Regex);

impl Regex {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(pattern: &str) -> Result<Self, Error> {
        fancy_regex::Regex::new(pattern).map(Self)
    }

    /// The first match.
    #[must_use]
    pub fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.0.find(text).ok().flatten()
    }

    /// Whether there is a match.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// All matches that do not overlap, from left to right.
    pub fn find_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Match<'t>> {
        self.0.find_iter(text).map_while(Result::ok)
    }
}
