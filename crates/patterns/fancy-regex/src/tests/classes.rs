//! Characters, escapes and classes are those of regex-syntax, character by character.

use std::sync::OnceLock;

use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::{prop_assert_eq, proptest, sample};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, HirKind};

use crate::class::spelled;
use crate::set::Set;

/// They became pairs with Unicode 15.1.
const RECENT_PAIRS: [char; 6] = [
    '\u{390}', '\u{1fd3}', '\u{3b0}', '\u{1fe3}', '\u{fb05}', '\u{fb06}',
];

/// What regex-syntax makes of a class; none where it refuses it.
fn expected(spelling: &str, ignores_case: bool, dot_is_all: bool) -> Option<Set> {
    let mut builder = ParserBuilder::new();
    let parser = builder
        .case_insensitive(ignores_case)
        .dot_matches_new_line(dot_is_all);
    let ranges = match parser.build().parse(spelling).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.iter();
            ranges
                .map(|range| (range.start().into(), range.end().into()))
                .collect()
        }
        HirKind::Class(Class::Bytes(class)) => {
            let ranges = class.iter();
            ranges
                .map(|range| (range.start().into(), range.end().into()))
                .collect()
        }
        HirKind::Literal(literal) => {
            let c = std::str::from_utf8(&literal.0)
                .unwrap()
                .chars()
                .next()
                .unwrap();
            vec![(c.into(), c.into())]
        }
        other => panic!("{spelling:?} is {other:?}"),
    };
    Some(Set::of(ranges))
}

/// The first characters of which one of the two says otherwise; sets may differ in surrogates.
fn differing(ours: &Set, theirs: &Set, counts: impl Fn(char) -> bool) -> Vec<char> {
    let all = ('\0'..=char::MAX).filter(|&c| ours.holds(c) != theirs.holds(c) && counts(c));
    all.take(8).collect()
}

#[track_caller]
fn check(spelling: &str, ignores_case: bool) {
    let ours = spelled(spelling, ignores_case, false);
    let theirs = expected(spelling, ignores_case, false);
    assert_eq!(ours.is_some(), theirs.is_some(), "{spelling:?}");
    if let (Some(ours), Some(theirs)) = (ours, theirs) {
        let differing = differing(&ours, &theirs, is_settled);
        assert_eq!(differing, [], "{spelling:?}, case {ignores_case}");
    }
}

/// Whether the case of `c` is the same in the Unicode of the standard library as in regex-syntax's, which is older.
fn is_settled(c: char) -> bool {
    static ASSIGNED: OnceLock<Set> = OnceLock::new();
    let assigned = ASSIGNED.get_or_init(|| spelled(r"\p{Assigned}", false, false).unwrap());
    assigned.holds(c) && !RECENT_PAIRS.contains(&c)
}

#[test]
fn classes_hold_what_they_should() {
    for spelling in [
        "a",
        "é",
        ".",
        r"\.",
        r"\n",
        r"\x41",
        r"\u{1F600}",
        r"\U0001F600",
        r"\d",
        r"\D",
        r"\w",
        r"\W",
        r"\s",
        r"\S",
        r"\pL",
        r"\PL",
        r"\p{Lu}",
        r"\p{lu}",
        r"\p{letter}",
        r"\p{Han}",
        r"\p{Script=Greek}",
        r"\p{sc:Old Italic}",
        r"\p{scx=Hira}",
        r"\p{gc=Nd}",
        r"\p{Alphabetic}",
        r"\p{Any}",
        r"\P{Any}",
        "[a]",
        "[^a]",
        "[]a]",
        "[^]a]",
        "[-a]",
        "[--a]",
        "[a-]",
        "[a-c-e]",
        "[a-cx-z]",
        r"[^\r\n\p{L}\p{N}]",
        r"[\s\S]",
        r"[^\s\S]",
        "[[:alpha:]_]",
        "[[:^digit:]x]",
        "[[:word:]]",
        "[[:blank:][:punct:]]",
        "[[:nonsense:]]",
        "[a[bc]d]",
        r"[\p{L}&&[^\p{Han}]]",
        r"[\w--\d]",
        "[a-f~~d-z]",
        "[a-z&&b-y--m]",
        "[&&a]",
        "[a&&]",
        "[a&b]",
        "[a-z&&[^aeiou]--[x]]",
        "[ä-ü]",
        r"[\x00-\x7f]",
        r#"[!"\#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"#,
        "[^[^a]]",
    ] {
        assert!(expected(spelling, false, false).is_some(), "{spelling:?}");
        check(spelling, false);
        check(spelling, true);
    }
}

#[test]
fn a_dot_is_everything_but_the_end_of_a_line() {
    for dot_is_all in [false, true] {
        let ours = spelled(".", false, dot_is_all).unwrap();
        let theirs = expected(".", false, dot_is_all).unwrap();
        assert_eq!(differing(&ours, &theirs, |_| true), []);
    }
}

#[test]
fn every_character_has_the_cases_of_unicode() {
    let cased = expected(
        r"[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]",
        false,
        false,
    )
    .unwrap();
    let cased = ('\0'..='\u{2ffff}').filter(|&c| cased.holds(c) && is_settled(c));
    let cased: Vec<char> = cased.collect();
    for &c in &cased {
        let ours = Set::range(c, c).in_any_case();
        let theirs = expected(&c.to_string(), true, false).unwrap();
        let differs = |other: &&char| ours.holds(**other) != theirs.holds(**other);
        assert_eq!(cased.iter().find(differs), None, "{c}");
    }
    assert!(cased.len() > 2000, "{}", cased.len());
}

#[test]
fn what_is_no_class_is_refused() {
    for spelling in [
        "",
        "[",
        "[]",
        "[^]",
        "[a",
        "[z-a]",
        r"[a-\d]",
        r"[\d-z]x",
        r"\",
        r"\y",
        r"\<",
        r"\8",
        r"\x4",
        r"\x{}",
        r"\x{110000}",
        r"\xg0",
        r"\x{d800}",
        r"\p",
        r"\p{",
        r"\p{Nonsense}",
        r"\p{age=3.0}",
        r"\p{sc=L}",
        r"\p{]}",
        "ab",
        "[a]b",
        "[[:alpha:]",
    ] {
        assert!(spelled(spelling, false, false).is_none(), "{spelling:?}");
    }
    assert!(spelled(&"[".repeat(100_000), false, false).is_none());
}

/// Text like a class, right or wrong.
fn class() -> impl Strategy<Value = String> {
    let parts = [
        "a",
        "b",
        "z",
        "A",
        "-",
        "--",
        "&&",
        "~~",
        "^",
        "[",
        "]",
        "[^",
        r"\d",
        r"\W",
        r"\s",
        r"\pL",
        r"\P{Lu}",
        r"\-",
        r"\]",
        "[:lower:]",
        "é",
        "\u{212a}",
        "0-9",
        "a-f",
    ];
    let part = prop_oneof![4 => sample::select(parts.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    proptest::collection::vec(part, 0..8).prop_map(|parts| format!("[{}]", parts.concat()))
}

proptest! {
    #[test]
    fn any_class_is_read_as_regex_syntax_reads_it(spelling in class(), ignores_case: bool) {
        // More than one class may have come about, which `spelled` refuses.
        let Ok(hir) = ParserBuilder::new().case_insensitive(ignores_case).build().parse(&spelling) else {
            prop_assert_eq!(spelled(&spelling, ignores_case, false).is_some(), false, "{:?}", spelling);
            return Ok(());
        };
        if let Some(ours) = spelled(&spelling, ignores_case, false) {
            prop_assert_eq!(matches!(hir.kind(), HirKind::Concat(_)), false, "{:?}", &spelling);
            let theirs = expected(&spelling, ignores_case, false).unwrap();
            let differs = |&c: &char| ours.holds(c) != theirs.holds(c) && is_settled(c);
            let some = ('\0'..'\u{3100}').chain(spelling.chars()).chain(['\u{1e900}', '\u{20000}', char::MAX]);
            prop_assert_eq!(some.filter(differs).collect::<Vec<_>>(), [], "{:?}", spelling);
        }
    }
}
