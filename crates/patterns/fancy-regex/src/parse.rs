//! Patterns to trees. Single characters and classes are read by `class.rs`.

use std::iter::Peekable;
use std::str::CharIndices;

use crate::class;
use crate::set::Set;
use crate::{Error, Result};

/// Groups within groups; beyond, a hostile pattern could overflow the stack.
const DEEPEST: usize = 100;

/// A pattern as a tree.
#[derive(Clone, Debug)]
pub enum Node {
    /// One character of a set.
    Set(Set),
    /// A place, no character.
    Look(Look),
    /// One after another; matches nothing when there are none.
    Concat(Vec<Node>),
    /// The first that fits.
    Alternate(Vec<Node>),
    /// So often; without `max` as often as it fits.
    Repeat {
        body: Box<Node>,
        min: usize,
        max: Option<usize>,
        greedy: bool,
    },
    /// Whatever matched first is final.
    Atomic(Box<Node>),
    /// What stands ahead or behind, or does not.
    Around {
        body: Box<Node>,
        ahead: bool,
        negative: bool,
    },
}

/// Places between characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}

#[derive(Clone, Copy, Default)]
struct Flags {
    ignore_case: bool,
    dot_all: bool,
    lines: bool,
}

struct Parser<'p> {
    pattern: &'p str,
    rest: Peekable<CharIndices<'p>>,
    depth: usize,
}

/// The tree of a whole pattern.
pub fn pattern(pattern: &str) -> Result<Node> {
    let mut parser = Parser {
        pattern,
        rest: pattern.char_indices().peekable(),
        depth: 0,
    };
    let node = parser.alternatives(&mut Flags::default())?;
    match parser.rest.next() {
        None => Ok(node),
        Some(_) => Err(parser.error("a \")\" that closes nothing")),
    }
}

impl Parser<'_> {
    fn error(&self, problem: &str) -> Error {
        Error(format!("the pattern {:?} has {problem}", self.pattern))
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|&(_, c)| c)
    }

    fn eat(&mut self, c: char) -> bool {
        self.rest.next_if(|&(_, next)| next == c).is_some()
    }

    /// Byte of the next character.
    fn position(&mut self) -> usize {
        let end = self.pattern.len();
        self.rest.peek().map_or(end, |&(position, _)| position)
    }

    /// Up to ")" or the end. Flags set on the way hold to there.
    fn alternatives(&mut self, flags: &mut Flags) -> Result<Node> {
        let mut all = vec![Vec::new()];
        while let Some(c) = self.peek() {
            match c {
                ')' => break,
                '|' => {
                    self.rest.next();
                    all.push(Vec::new());
                }
                _ => {
                    if let Some(item) = self.item(flags)? {
                        let item = self.repetitions(item)?;
                        all.last_mut().expect("begins with one").push(item);
                    }
                }
            }
        }
        let mut all: Vec<Node> = all.into_iter().map(Node::Concat).collect();
        match all.len() {
            1 => Ok(all.remove(0)),
            _ => Ok(Node::Alternate(all)),
        }
    }

    /// One thing that can be repeated; none for flags.
    fn item(&mut self, flags: &mut Flags) -> Result<Option<Node>> {
        let start = self.position();
        let (_, c) = self.rest.next().expect("the caller has seen it");
        let look = match c {
            '(' => return self.group(flags),
            '*' | '+' | '?' => return Err(self.error("a repetition of nothing")),
            '^' if flags.lines => Look::LineStart,
            '^' => Look::TextStart,
            '$' if flags.lines => Look::LineEnd,
            '$' => Look::TextEnd,
            '\\' => match self.escape()? {
                Some(look) => look,
                None => return self.set(start, *flags).map(Some),
            },
            '[' => {
                self.class()?;
                return self.set(start, *flags).map(Some);
            }
            _ => return self.set(start, *flags).map(Some),
        };
        Ok(Some(Node::Look(look)))
    }

    /// The set that the text from `start` to here spells.
    fn set(&mut self, start: usize, flags: Flags) -> Result<Node> {
        let end = self.position();
        let spelling = &self.pattern[start..end];
        match class::spelled(spelling, flags.ignore_case, flags.dot_all) {
            Some(set) => Ok(Node::Set(set)),
            None => Err(self.error(&format!("{spelling:?}, which is not supported"))),
        }
    }

    /// Goes behind an escape of which the backslash is read. A place, or else a set.
    fn escape(&mut self) -> Result<Option<Look>> {
        let Some((_, c)) = self.rest.next() else {
            return Err(self.error("a backslash at its end"));
        };
        match c {
            'A' => return Ok(Some(Look::TextStart)),
            'z' => return Ok(Some(Look::TextEnd)),
            'b' | 'B' if self.peek() == Some('{') => {
                return Err(self.error("a half word boundary, which is not supported"));
            }
            'b' => return Ok(Some(Look::WordBoundary)),
            'B' => return Ok(Some(Look::NoWordBoundary)),
            'p' | 'P' | 'x' | 'u' | 'U' if self.eat('{') => {
                for (_, c) in self.rest.by_ref() {
                    if c == '}' {
                        return Ok(None);
                    }
                }
                return Err(self.error("an escape without its \"}\""));
            }
            'p' | 'P' => self.skip(1),
            'x' => self.skip(2),
            'u' => self.skip(4),
            'U' => self.skip(8),
            _ => (),
        }
        Ok(None)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.rest.next();
        }
    }

    /// Goes behind the end of a class of which the bracket is read.
    fn class(&mut self) -> Result<()> {
        let mut open = 1;
        self.class_start();
        while let Some((_, c)) = self.rest.next() {
            match c {
                '\\' => self.skip(1),
                '[' => {
                    open += 1;
                    self.class_start();
                }
                ']' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(());
                    }
                }
                _ => (),
            }
        }
        Err(self.error("a class without its \"]\""))
    }

    /// A bracket right at the start of a class is one of its characters.
    fn class_start(&mut self) {
        self.eat('^');
        self.eat(']');
    }

    /// A group of which the parenthesis is read.
    fn group(&mut self, flags: &mut Flags) -> Result<Option<Node>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("too many groups within groups"));
        }
        let mut inner = *flags;
        let mut wrap: fn(Box<Node>) -> Node = |body| *body;
        if self.eat('?') {
            if self.eat('=') {
                wrap = |body| around(body, true, false);
            } else if self.eat('!') {
                wrap = |body| around(body, true, true);
            } else if self.eat('>') {
                wrap = Node::Atomic;
            } else if self.eat('<') {
                if self.eat('=') {
                    wrap = |body| around(body, false, false);
                } else if self.eat('!') {
                    wrap = |body| around(body, false, true);
                } else {
                    self.group_name()?;
                }
            } else if self.eat('P') {
                if !self.eat('<') {
                    return Err(self.error("a group that is not supported"));
                }
                self.group_name()?;
            } else if self.flags(&mut inner)? {
                self.depth -= 1;
                *flags = inner;
                return Ok(None);
            }
        }
        let body = self.alternatives(&mut inner)?;
        if !self.eat(')') {
            return Err(self.error("a group without its \")\""));
        }
        self.depth -= 1;
        Ok(Some(wrap(Box::new(body))))
    }

    fn group_name(&mut self) -> Result<()> {
        for (_, c) in self.rest.by_ref() {
            match c {
                '>' => return Ok(()),
                c if c == '_' || c.is_alphanumeric() => (),
                _ => break,
            }
        }
        Err(self.error("a group without a name"))
    }

    /// Flags of which "(?" is read, to ":" or ")"; whether it was the latter.
    fn flags(&mut self, flags: &mut Flags) -> Result<bool> {
        let mut on = true;
        loop {
            match self.rest.next().map(|(_, c)| c) {
                Some(':') => return Ok(false),
                Some(')') => return Ok(true),
                Some('-') => on = false,
                Some('i') => flags.ignore_case = on,
                Some('s') => flags.dot_all = on,
                Some('m') => flags.lines = on,
                Some('u') if on => (),
                _ => return Err(self.error("a group that is not supported")),
            }
        }
    }

    /// What stands behind `item`: any number of repetitions.
    fn repetitions(&mut self, mut item: Node) -> Result<Node> {
        loop {
            let (min, max) = match self.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => match self.counts()? {
                    Some(counts) => counts,
                    None => return Ok(item),
                },
                _ => return Ok(item),
            };
            self.rest.next();
            let greedy = !self.eat('?');
            let body = Box::new(item);
            item = Node::Repeat {
                body,
                min,
                max,
                greedy,
            };
            if greedy && self.eat('+') {
                item = Node::Atomic(Box::new(item));
            }
        }
    }

    /// `{2}`, `{2,}`, `{,3}` or `{2,3}` up to its last brace; nothing is read where it is none.
    fn counts(&mut self) -> Result<Option<(usize, Option<usize>)>> {
        let start = self.position();
        let Some((inside, _)) = self.pattern[start + 1..].split_once('}') else {
            return Ok(None);
        };
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse::<usize>().ok(),
            false => None,
        };
        let counts = match inside.split_once(',') {
            None => number(inside).map(|count| (count, Some(count))),
            Some(("", max)) => number(max).map(|max| (0, Some(max))),
            Some((min, "")) => number(min).map(|min| (min, None)),
            Some((min, max)) => number(min).zip(number(max).map(Some)),
        };
        if let Some((min, max)) = counts {
            if max.is_some_and(|max| max < min) {
                return Err(self.error("a repetition that ends before it begins"));
            }
            self.skip(inside.chars().count() + 1);
        }
        Ok(counts)
    }
}

fn around(body: Box<Node>, ahead: bool, negative: bool) -> Node {
    Node::Around {
        body,
        ahead,
        negative,
    }
}
