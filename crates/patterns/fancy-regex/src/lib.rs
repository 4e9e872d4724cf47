//! The patterns of `tokenizer.json`: what the `tokenizers` library uses of the crate fancy-regex.
//!
//! Syntax and choice of match are those of fancy-regex (leftmost, first alternative) for everything
//! that tokenizers' patterns are made of: classes, groups, all repetitions, anchors and looking
//! around. Back-references, conditions and the flags x and U are refused.

mod case;
mod class;
mod compile;
mod machine;
mod parse;
mod set;
mod unicode;

use std::fmt;

use machine::Program;

/// Why a pattern was refused or a search given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A pattern, ready to search.
#[derive(Clone, Debug)]
pub struct Regex(Program);

impl Regex {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is none, or uses what is not supported.
    pub fn new(pattern: &str) -> Result<Self> {
        compile::program(&parse::pattern(pattern)?).map(Self)
    }

    /// The first match.
    ///
    /// # Errors
    /// When the search takes unreasonably long.
    pub fn find<'t>(&self, text: &'t str) -> Result<Option<Match<'t>>> {
        self.find_from(text, 0)
    }

    /// All matches that do not overlap, from left to right.
    #[must_use]
    pub fn find_iter<'r, 't>(&'r self, text: &'t str) -> Matches<'r, 't> {
        Matches {
            regex: self,
            text,
            from: 0,
            last_end: None,
        }
    }

    fn find_from<'t>(&self, text: &'t str, from: usize) -> Result<Option<Match<'t>>> {
        let found = self.0.find(text, from)?;
        Ok(found.map(|(start, end)| Match { text, start, end }))
    }
}

/// Where a pattern matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Match<'t> {
    /// Byte at which it begins.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Byte before which it ends.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }

    /// The text it covers.
    #[must_use]
    pub fn as_str(&self) -> &'t str {
        &self.text[self.start..self.end]
    }
}

/// The matches of [`Regex::find_iter`].
#[derive(Clone, Debug)]
pub struct Matches<'r, 't> {
    regex: &'r Regex,
    text: &'t str,
    from: usize,
    last_end: Option<usize>,
}

impl<'t> Iterator for Matches<'_, 't> {
    type Item = Result<Match<'t>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.from > self.text.len() {
                return None;
            }
            let found = match self.regex.find_from(self.text, self.from) {
                Ok(found) => found?,
                Err(error) => {
                    self.from = self.text.len() + 1;
                    return Some(Err(error));
                }
            };
            self.from = found.end;
            if found.start == found.end {
                // On, or the same nothing would be found for ever.
                let next = self.text[found.end..].chars().next();
                self.from += next.map_or(1, char::len_utf8);
                if self.last_end == Some(found.end) {
                    continue;
                }
            }
            self.last_end = Some(found.end);
            return Some(Ok(found));
        }
    }
}

/// The pattern that matches `text` and nothing else.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if class::MEANINGFUL.contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
