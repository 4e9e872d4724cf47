//! The expected matches are those of fancy-regex 0.17.0.

use super::{Regex, escape};

mod classes;

/// The pattern of Qwen and Llama 3, save how many digits go together.
const QWEN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

fn matches<'t>(pattern: &str, text: &'t str) -> Vec<&'t str> {
    let regex = Regex::new(pattern).unwrap();
    let found = regex.find_iter(text).map(|found| found.unwrap().as_str());
    found.collect()
}

#[track_caller]
fn check(pattern: &str, text: &str, expected: &[&str]) {
    assert_eq!(matches(pattern, text), expected, "{pattern:?} on {text:?}");
}

#[test]
fn text_is_cut_as_tokenizers_cut_it() {
    check(
        QWEN,
        "It'S 20  中文!?\n",
        &["It", "'S", " ", "2", "0", " ", " 中文", "!?\n"],
    );
    check(QWEN, "a \r\n\n b  ", &["a", " \r\n\n", " b", "  "]);
    check(r"\w+|[^\w\s]+", "über-99 x_y", &["über", "-", "99", "x_y"]);
    check(
        r"[\p{Han}]+|[\p{L}&&[^\p{Han}]]+",
        "a中文b",
        &["a", "中文", "b"],
    );
}

#[test]
fn repetitions_take_what_they_should() {
    check("a+?b??", "aab", &["a", "a"]);
    check("a{2}|b{,2}c", "aaabbbc", &["aa", "bbc"]);
    check("(?:ab?){2,}", "abaab a", &["abaab"]);
    check("(a*)*b", "aab b", &["aab", "b"]);
    check("(?>a+)b|a*+s", "aab aas", &["aab", "aas"]);
    check("a*+a", "aaa", &[]);
    check("x{", "x{", &["x{"]);
}

#[test]
fn looking_around_takes_nothing() {
    check(r"\d{1,3}(?=(?:\d{3})*\b)", "1234567", &["1", "234", "567"]);
    check(r"(?<=\s|^)\S", "ab cd", &["a", "c"]);
    check(r"(?<=[a-z]+)\d|(?<!a)s", "ab1 as s", &["1", "s"]);
    check(r"\bs|^a|b\z", "as sb", &["a", "s", "b"]);
}

#[test]
fn flags_hold_where_they_are_set() {
    check("(?i)a(?-i)s|(?i:k)", "As AS \u{212a}", &["As", "\u{212a}"]);
    check("(?m)^.", "a\nb", &["a", "b"]);
    check("(?s).+", "a\nb", &["a\nb"]);
}

#[test]
fn nothing_matches_once_at_each_place() {
    check("", "aß", &["", "", ""]);
    check("a*", "ba", &["", "a"]);
}

#[test]
fn an_escaped_text_matches_itself() {
    for text in ["<|mask|>", "a.b[c]{2}(d)?*+^$\\-#&~ ▁"] {
        check(&escape(text), text, &[text]);
    }
}

#[test]
fn what_is_no_pattern_is_refused() {
    for pattern in [
        "(",
        ")",
        "[a",
        "*",
        "a{3,2}",
        r"\",
        r"(a)\1",
        "(?x) a",
        r"\p{Nonsense}",
    ] {
        let message = Regex::new(pattern).unwrap_err().to_string();
        assert!(message.contains("has "), "{message}");
    }
    let deep = "(".repeat(100_000);
    assert!(Regex::new(&deep).is_err());
}

#[test]
fn hostile_patterns_and_texts_end() {
    let text = "a".repeat(40);
    let regex = Regex::new("(?:a|a)*b").unwrap();
    assert!(regex.find(&text).is_err());
    assert!(Regex::new("(?:(?:ab){1000}){1000}").is_err());
    assert!(Regex::new("(?:){1000000000}").is_ok());
    let spaces = " ".repeat(100_000) + "x";
    let at = Regex::new(r"\s*$")
        .unwrap()
        .find(&spaces)
        .unwrap()
        .unwrap()
        .start();
    assert_eq!(at, spaces.len());
}
