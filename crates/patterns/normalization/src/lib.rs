//! What `tokenizers` uses of unicode-normalization-alignments: the four normal forms, as characters that each say what
//! they stand for, and which characters are marks.
//!
//! The forms come from whoever has the tables (`platform`). What a character stands for is found here: no form reaches
//! over an ASCII character, so the text is taken apart there. Between two of them, where a form changes anything, the
//! first characters of before and after are held to belong together; whoever needs it finer than that has to know the
//! tables. Token ids do not depend on it.

mod platform;

use std::vec;

/// A normal form of Unicode (UAX 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Decomposed.
    Nfd,
    /// Decomposed, and compatible characters made equal.
    Nfkd,
    /// Composed.
    Nfc,
    /// Composed, and compatible characters made equal.
    Nfkc,
}

/// Text in its normal forms. Each character comes with the change of the number of characters: 1 for one that is new,
/// 0 for one that takes the place of another, -n for one that takes the place of n + 1.
pub trait UnicodeNormalization {
    /// Canonical decomposition.
    fn nfd(self) -> Normalized;
    /// Compatibility decomposition.
    fn nfkd(self) -> Normalized;
    /// Canonical composition.
    fn nfc(self) -> Normalized;
    /// Compatibility composition.
    fn nfkc(self) -> Normalized;
}

/// The characters of a normal form and their changes.
pub type Normalized = vec::IntoIter<(char, isize)>;

impl UnicodeNormalization for &str {
    fn nfd(self) -> Normalized {
        normalized(self, Form::Nfd)
    }

    fn nfkd(self) -> Normalized {
        normalized(self, Form::Nfkd)
    }

    fn nfc(self) -> Normalized {
        normalized(self, Form::Nfc)
    }

    fn nfkc(self) -> Normalized {
        normalized(self, Form::Nfkc)
    }
}

/// Facts of characters.
pub mod char {
    /// Whether `c` is a mark: general category M.
    #[must_use]
    pub fn is_combining_mark(c: char) -> bool {
        !c.is_ascii() && crate::platform::is_mark(c)
    }
}

fn normalized(text: &str, form: Form) -> Normalized {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (ascii, behind) = rest.split_at(ascii_len(rest));
        // The last ASCII character may carry the marks that follow it.
        let alone = ascii.len() - usize::from(!ascii.is_empty() && !behind.is_empty());
        out.extend(ascii[..alone].chars().map(|c| (c, 0)));
        let (segment, after) = rest[alone..].split_at(segment_len(&rest[alone..]));
        if !segment.is_empty() {
            align(segment, &platform::normalize(segment, form), &mut out);
        }
        rest = after;
    }
    out.into_iter()
}

/// Bytes of the ASCII characters that `text` begins with.
fn ascii_len(text: &str) -> usize {
    text.find(|c: core::primitive::char| !c.is_ascii())
        .unwrap_or(text.len())
}

/// Bytes up to the next ASCII character behind the first character of `text`.
fn segment_len(text: &str) -> usize {
    let first = text
        .chars()
        .next()
        .map_or(0, core::primitive::char::len_utf8);
    let next = text[first..].find(|c: core::primitive::char| c.is_ascii());
    next.map_or(text.len(), |next| first + next)
}

/// Appends the characters of `after`, which `before` became.
fn align(before: &str, after: &str, out: &mut Vec<(core::primitive::char, isize)>) {
    let (old, new) = (before.chars().count(), after.chars().count());
    let paired = old.min(new);
    for (index, c) in after.chars().enumerate() {
        let change = match index {
            _ if index >= paired => 1,
            _ if index + 1 == paired => -((old - paired) as isize),
            _ => 0,
        };
        out.push((c, change));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{UnicodeNormalization, char::is_combining_mark};

    fn text(of: super::Normalized) -> String {
        of.map(|(c, _)| c).collect()
    }

    #[test]
    fn the_forms_are_those_of_the_standard() {
        // UAX 15, figures 3 to 6.
        for (before, nfd, nfc, nfkd, nfkc) in [
            ("\u{212b}", "A\u{30a}", "\u{c5}", "A\u{30a}", "\u{c5}"),
            ("\u{fb01}", "\u{fb01}", "\u{fb01}", "fi", "fi"),
            ("2\u{2075}", "2\u{2075}", "2\u{2075}", "25", "25"),
            ("a\u{301}b", "a\u{301}b", "\u{e1}b", "a\u{301}b", "\u{e1}b"),
            (
                "d\u{323}\u{307}",
                "d\u{323}\u{307}",
                "\u{1e0d}\u{307}",
                "d\u{323}\u{307}",
                "\u{1e0d}\u{307}",
            ),
            (
                "\u{1112}\u{1161}\u{11ab}",
                "\u{1112}\u{1161}\u{11ab}",
                "\u{d55c}",
                "\u{1112}\u{1161}\u{11ab}",
                "\u{d55c}",
            ),
        ] {
            let forms = [
                text(before.nfd()),
                text(before.nfc()),
                text(before.nfkd()),
                text(before.nfkc()),
            ];
            assert_eq!(
                forms,
                [nfd, nfc, nfkd, nfkc].map(str::to_owned),
                "{before:?}"
            );
        }
    }

    #[test]
    fn characters_say_what_they_stand_for() {
        let changes =
            |of: super::Normalized| -> Vec<isize> { of.map(|(_, change)| change).collect() };
        assert_eq!(changes("ab".nfc()), [0, 0]);
        assert_eq!(changes("xe\u{301}y".nfc()), [0, -1, 0]);
        assert_eq!(changes("x\u{e9}y".nfd()), [0, 0, 1, 0]);
        assert_eq!(changes("".nfc()), [0; 0]);
    }

    #[test]
    fn marks_are_marks() {
        assert!(is_combining_mark('\u{301}') && is_combining_mark('\u{903}'));
        assert!(
            !is_combining_mark('a') && !is_combining_mark('\u{e9}') && !is_combining_mark('中')
        );
    }

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[ -~]{1,3}",
            "[\u{300}-\u{345}]{1,3}",
            "[\u{c0}-\u{17f}]",
            "[\u{1100}-\u{11ff}\u{ac00}-\u{ac80}]",
            "[\u{900}-\u{97f}\u{fb00}-\u{fb06}\u{2126}]",
            "\\PC",
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_text_taken_apart_is_the_text_as_a_whole(text in pieces()) {
            for form in [super::Form::Nfd, super::Form::Nfkd, super::Form::Nfc, super::Form::Nfkc] {
                let whole = super::platform::normalize(&text, form);
                let apart = super::normalized(&text, form);
                prop_assert_eq!(apart.clone().map(|(c, _)| c).collect::<String>(), whole);
                // Every character of before is accounted for, none twice.
                let stood_for: isize = apart.map(|(_, change)| 1 - change.max(0) + (-change).max(0)).sum();
                prop_assert_eq!(stood_for, text.chars().count() as isize);
            }
        }
    }
}
