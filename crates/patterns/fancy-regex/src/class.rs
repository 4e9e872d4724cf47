//! Characters, escapes and classes, in the syntax of the crate regex.

use std::sync::OnceLock;

use crate::set::Set;
use crate::unicode;

/// Classes within classes; beyond, a hostile pattern could overflow the stack.
const DEEPEST: usize = 100;

/// What means something else than itself, in some places at least.
pub const MEANINGFUL: &str = r"\.+*?()|[]{}^$#&-~";

/// A name within brackets, as in `[[:alpha:]]`, and what it stands for in ASCII.
type Named = (&'static str, fn(u8) -> bool);

/// All of them.
const POSIX: [Named; 14] = [
    ("alnum", |c| c.is_ascii_alphanumeric()),
    ("alpha", |c| c.is_ascii_alphabetic()),
    ("ascii", |c| c.is_ascii()),
    ("blank", |c| matches!(c, b'\t' | b' ')),
    ("cntrl", |c| c.is_ascii_control()),
    ("digit", |c| c.is_ascii_digit()),
    ("graph", |c| c.is_ascii_graphic()),
    ("lower", |c| c.is_ascii_lowercase()),
    ("print", |c| matches!(c, b' '..=b'~')),
    ("punct", |c| c.is_ascii_punctuation()),
    ("space", |c| matches!(c, b'\t'..=b'\r' | b' ')),
    ("upper", |c| c.is_ascii_uppercase()),
    ("word", |c| c.is_ascii_alphanumeric() || c == b'_'),
    ("xdigit", |c| c.is_ascii_hexdigit()),
];

/// The set that a character, an escape or a class spells; none where the spelling is none of these.
pub fn spelled(spelling: &str, ignores_case: bool, dot_is_all: bool) -> Option<Set> {
    let mut reader = Reader {
        rest: spelling,
        ignores_case,
        depth: 0,
    };
    let set = match reader.next()? {
        '[' => reader.class()?,
        '.' if dot_is_all => Set::default().negated(),
        '.' => Set::range('\n', '\n').negated(),
        c => {
            let item = reader.item(c)?;
            reader.set(item)
        }
    };
    reader.rest.is_empty().then_some(set)
}

/// What words are made of: `\w`.
pub fn word() -> &'static Set {
    static WORD: OnceLock<Set> = OnceLock::new();
    WORD.get_or_init(|| Set::of(unicode::word()))
}

struct Reader<'p> {
    rest: &'p str,
    ignores_case: bool,
    depth: usize,
}

/// A part of a class.
enum Item {
    /// May begin or end a range.
    One(char),
    Many(Set),
}

/// What stands between the sides of `[a&&b]`.
#[derive(Clone, Copy)]
enum Between {
    Both,
    FirstOnly,
    EitherOnly,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The characters of an item, in any case where that is asked for.
    fn set(&self, item: Item) -> Set {
        match item {
            Item::One(c) => self.cased(Set::range(c, c)),
            Item::Many(set) => set,
        }
    }

    fn cased(&self, set: Set) -> Set {
        match self.ignores_case {
            true => set.in_any_case(),
            false => set,
        }
    }

    /// A class of which the bracket is read.
    fn class(&mut self) -> Option<Set> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let negated = self.eat("^");
        let mut side = Set::default();
        while self.eat("-") {
            side = Set::range('-', '-');
        }
        if side == Set::default() && self.eat("]") {
            side = Set::range(']', ']');
        }
        let mut before: Option<(Set, Between)> = None;
        loop {
            if let Some(between) = self.between() {
                before = Some((joined(before, side), between));
                side = Set::default();
                continue;
            }
            match self.next()? {
                ']' => break,
                '[' => side = side.or(&self.inner()?),
                c => side = side.or(&self.range(c)?),
            }
        }
        self.depth -= 1;
        let set = joined(before, side);
        Some(if negated { set.negated() } else { set })
    }

    fn between(&mut self) -> Option<Between> {
        let all = [
            ("&&", Between::Both),
            ("--", Between::FirstOnly),
            ("~~", Between::EitherOnly),
        ];
        let found = all.into_iter().find(|(spelling, _)| self.eat(spelling));
        found.map(|(_, between)| between)
    }

    /// A class within a class, of which the bracket is read: `[:alpha:]` or any other.
    fn inner(&mut self) -> Option<Set> {
        let named = self
            .rest
            .strip_prefix(':')
            .and_then(|rest| rest.split_once(":]"));
        let known = named.and_then(|(name, rest)| Some((self.posix(name)?, rest)));
        let Some((set, rest)) = known else {
            return self.class();
        };
        self.rest = rest;
        Some(set)
    }

    fn posix(&self, name: &str) -> Option<Set> {
        let (name, negated) = match name.strip_prefix('^') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (_, is_in) = POSIX.iter().find(|(known, _)| *known == name)?;
        let bytes = (0..=u8::MAX).filter(|&byte| is_in(byte));
        let set = Set::of(bytes.map(|byte| (byte.into(), byte.into())).collect());
        let set = self.cased(set);
        Some(if negated { set.negated() } else { set })
    }

    /// What begins with `c`: a range, or a single item.
    fn range(&mut self, c: char) -> Option<Set> {
        let first = self.item(c)?;
        let follows = self.rest.strip_prefix('-');
        if follows.is_none_or(|rest| rest.starts_with(['-', ']'])) {
            return Some(self.set(first));
        }
        self.next();
        let c = self.next()?;
        match (first, self.item(c)?) {
            (Item::One(from), Item::One(to)) if from <= to => {
                Some(self.cased(Set::range(from, to)))
            }
            _ => None,
        }
    }

    fn item(&mut self, c: char) -> Option<Item> {
        match c {
            '\\' => self.escape(),
            c => Some(Item::One(c)),
        }
    }

    /// An escape of which the backslash is read.
    fn escape(&mut self) -> Option<Item> {
        let c = self.next()?;
        let set = match c.to_ascii_lowercase() {
            'd' => Set::of(unicode::property("Nd")?),
            's' => whitespace(),
            'w' => word().clone(),
            'p' => self.property()?,
            _ => return self.character(c).map(Item::One),
        };
        Some(Item::Many(match c.is_ascii_uppercase() {
            true => set.negated(),
            false => set,
        }))
    }

    /// The character that a backslash and `c` stand for.
    fn character(&mut self, c: char) -> Option<char> {
        match c {
            'a' => Some('\u{7}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            'x' => self.code(2),
            'u' => self.code(4),
            'U' => self.code(8),
            // These two may come to mean something.
            '<' | '>' => None,
            c => (c.is_ascii() && !c.is_ascii_alphanumeric()).then_some(c),
        }
    }

    /// A code point in hexadecimal: in braces, or `digits` of them.
    fn code(&mut self, digits: usize) -> Option<char> {
        let (code, rest) = match self.rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?,
            None => self.rest.split_at_checked(digits)?,
        };
        self.rest = rest;
        if !code.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        char::from_u32(u32::from_str_radix(code, 16).ok()?)
    }

    /// The property that stands behind `\p`: a letter, or a name in braces.
    fn property(&mut self) -> Option<Set> {
        let name = match self.rest.strip_prefix('{') {
            Some(rest) => {
                let (name, rest) = rest.split_once('}')?;
                self.rest = rest;
                name.to_owned()
            }
            None => self.next()?.to_string(),
        };
        unicode::property(&name).map(|ranges| self.cased(Set::of(ranges)))
    }
}

fn joined(before: Option<(Set, Between)>, side: Set) -> Set {
    match before {
        None => side,
        Some((first, Between::Both)) => first.and(&side),
        Some((first, Between::FirstOnly)) => first.without(&side),
        Some((first, Between::EitherOnly)) => first.or(&side).without(&first.and(&side)),
    }
}

/// `\s`: the property White_Space.
fn whitespace() -> Set {
    let all = (0..=0x3000).filter_map(char::from_u32);
    let spaces = all.filter(|c| c.is_whitespace());
    Set::of(spaces.map(|c| (c.into(), c.into())).collect())
}
