//! Runs programs on text: tries, and goes back to the last choice when it does not fit.

use crate::class;
use crate::parse::Look;
use crate::set::Set;
use crate::{Error, Result};

/// Choices a search may take back, besides some for each byte: enough for any honest pattern.
const PATIENCE: usize = 1_000_000;

/// A pattern as instructions.
#[derive(Clone, Debug)]
pub struct Program {
    pub ops: Vec<Op>,
    /// Loops that remember where they began.
    pub marks: usize,
    /// Whether a match can only be at the start of the text.
    pub at_start: bool,
}

/// One instruction; without a target the next one follows.
#[derive(Clone, Debug)]
pub enum Op {
    /// One character of the set.
    Set(Set),
    /// As many characters of the set as there are, within bounds.
    Span { set: Set, min: usize, max: usize },
    /// Fits at a place only.
    Look(Look),
    /// Goes on at `first`, later perhaps at `other`.
    Split { first: usize, other: usize },
    /// Goes on elsewhere.
    Jump(usize),
    /// Remembers where a loop's body began.
    Mark(usize),
    /// Leaves a loop whose body matched nothing, which would go on for ever.
    ExitUnlessAdvanced { mark: usize, end: usize },
    /// What follows up to its `Done` matches here, and no choice of it is taken back.
    Atomic { next: usize },
    /// What follows up to its `Done` matches ahead, or behind with so many characters, or does not.
    Around {
        behind: Option<(usize, usize)>,
        negative: bool,
        next: usize,
    },
    /// Matched.
    Done,
}

/// What can be taken back.
enum Choice {
    /// Go on at `op` from `position`.
    Other { op: usize, position: usize },
    /// Go on at `op` from one character less, down to `low`.
    Shorter { op: usize, low: usize, high: usize },
    /// A loop's earlier beginning.
    Mark { mark: usize, position: usize },
}

struct Run<'a> {
    ops: &'a [Op],
    text: &'a str,
    marks: Vec<usize>,
    patience: usize,
}

impl Program {
    /// The first match at or after byte `from`.
    pub fn find(&self, text: &str, from: usize) -> Result<Option<(usize, usize)>> {
        let mut run = Run {
            ops: &self.ops,
            text,
            marks: vec![0; self.marks],
            patience: PATIENCE.saturating_add(text.len().saturating_mul(16)),
        };
        let mut start = from;
        while start <= text.len() && !(self.at_start && start > 0) {
            if let Some(end) = run.at(0, start, None)? {
                return Ok(Some((start, end)));
            }
            // Within a span that led nowhere its shorter rest would lead to the same places.
            if let Some(Op::Span {
                set,
                max: usize::MAX,
                ..
            }) = self.ops.first()
                && let Some((_, end)) = run.span(set, (0, usize::MAX), start)
            {
                start = end;
            }
            start += run.after(start).map_or(1, char::len_utf8);
        }
        Ok(None)
    }
}

impl Run<'_> {
    fn after(&self, position: usize) -> Option<char> {
        self.text[position..].chars().next()
    }

    fn before(&self, position: usize) -> Option<char> {
        self.text[..position].chars().next_back()
    }

    /// Where the program from `op` ends its match that begins at `position`, and ends at `end` if
    /// that is given.
    fn at(
        &mut self,
        mut op: usize,
        mut position: usize,
        end: Option<usize>,
    ) -> Result<Option<usize>> {
        let ops = self.ops;
        let mut choices = Vec::new();
        loop {
            let next = match &ops[op] {
                Op::Done if end.is_none_or(|end| end == position) => return Ok(Some(position)),
                Op::Done => None,
                Op::Set(set) => match self.after(position) {
                    Some(c) if set.holds(c) => Some((op + 1, position + c.len_utf8())),
                    _ => None,
                },
                Op::Span { set, min, max } => {
                    self.span(set, (*min, *max), position).map(|(low, high)| {
                        if low < high {
                            choices.push(Choice::Shorter {
                                op: op + 1,
                                low,
                                high,
                            });
                        }
                        (op + 1, high)
                    })
                }
                Op::Look(look) => self.is_at(*look, position).then_some((op + 1, position)),
                Op::Split { first, other } => {
                    choices.push(Choice::Other {
                        op: *other,
                        position,
                    });
                    Some((*first, position))
                }
                Op::Jump(target) => Some((*target, position)),
                Op::Mark(mark) => {
                    let mark = *mark;
                    choices.push(Choice::Mark {
                        mark,
                        position: self.marks[mark],
                    });
                    self.marks[mark] = position;
                    Some((op + 1, position))
                }
                Op::ExitUnlessAdvanced { mark, end } => match self.marks[*mark] == position {
                    true => Some((*end, position)),
                    false => Some((op + 1, position)),
                },
                Op::Atomic { next } => self.at(op + 1, position, None)?.map(|end| (*next, end)),
                Op::Around {
                    behind,
                    negative,
                    next,
                } => {
                    let found = match behind {
                        Some(widths) => self.is_behind(op + 1, position, *widths)?,
                        None => self.at(op + 1, position, None)?.is_some(),
                    };
                    (found != *negative).then_some((*next, position))
                }
            };
            match next.map_or_else(|| self.take_back(&mut choices), |next| Ok(Some(next)))? {
                Some(next) => (op, position) = next,
                None => return Ok(None),
            }
        }
    }

    /// Where to go on after the last choice proved wrong.
    fn take_back(&mut self, choices: &mut Vec<Choice>) -> Result<Option<(usize, usize)>> {
        while let Some(choice) = choices.pop() {
            let Some(patience) = self.patience.checked_sub(1) else {
                return Err(Error("the pattern takes too long on this text".to_owned()));
            };
            self.patience = patience;
            match choice {
                Choice::Other { op, position } => return Ok(Some((op, position))),
                Choice::Mark { mark, position } => self.marks[mark] = position,
                Choice::Shorter { op, low, high } => {
                    let shorter = high - self.before(high).map_or(1, char::len_utf8);
                    if low < shorter {
                        choices.push(Choice::Shorter {
                            op,
                            low,
                            high: shorter,
                        });
                    }
                    return Ok(Some((op, shorter)));
                }
            }
        }
        Ok(None)
    }

    /// The ends of the fewest and of the most characters of a set from `position` on.
    fn span(
        &self,
        set: &Set,
        (min, max): (usize, usize),
        position: usize,
    ) -> Option<(usize, usize)> {
        let mut end = position;
        let mut low = (min == 0).then_some(position);
        for (i, c) in self.text[position..].chars().take(max).enumerate() {
            if !set.holds(c) {
                break;
            }
            end += c.len_utf8();
            if i + 1 == min {
                low = Some(end);
            }
        }
        low.map(|low| (low, end))
    }

    /// Whether the program from `op` matches some of the text that ends at `position`.
    fn is_behind(
        &mut self,
        op: usize,
        position: usize,
        (min, max): (usize, usize),
    ) -> Result<bool> {
        let text = self.text;
        let starts = text[..position].char_indices().rev().map(|(at, _)| at);
        let starts = [position].into_iter().chain(starts);
        for start in starts.skip(min).take((max - min).saturating_add(1)) {
            if self.at(op, start, Some(position))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_at(&self, look: Look, position: usize) -> bool {
        let is_word = |c: Option<char>| c.is_some_and(|c| class::word().holds(c));
        let is_boundary = || is_word(self.before(position)) != is_word(self.after(position));
        match look {
            Look::TextStart => position == 0,
            Look::TextEnd => position == self.text.len(),
            Look::LineStart => self.before(position).is_none_or(|c| c == '\n'),
            Look::LineEnd => self.after(position).is_none_or(|c| c == '\n'),
            Look::WordBoundary => is_boundary(),
            Look::NoWordBoundary => !is_boundary(),
        }
    }
}
