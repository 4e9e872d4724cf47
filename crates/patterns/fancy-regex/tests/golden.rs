//! Texts are cut as the `tokenizers` package cuts them with Oniguruma
//! (`tests/golden/make_patterns.py`), natively and in browsers, which are asked for Unicode's properties.

use fancy_regex::Regex;
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_browser);

/// The text, cut before and after every match.
fn pieces<'t>(regex: &Regex, text: &'t str) -> Vec<&'t str> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for found in regex.find_iter(text) {
        let found = found.expect("the search ends");
        pieces.push(&text[end..found.start()]);
        pieces.push(found.as_str());
        end = found.end();
    }
    pieces.push(&text[end..]);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[test]
fn texts_are_cut_as_oniguruma_cuts_them() {
    let table = include_str!("../../../../tests/golden/patterns.json");
    let table: Value = serde_json::from_str(table).expect("parses");
    let mut checked = 0;
    for (name, entry) in table.as_object().expect("by name") {
        let regex = Regex::new(entry["pattern"].as_str().expect("text")).expect(name);
        for case in entry["cases"].as_array().expect("a list") {
            let text = case[0].as_str().expect("text");
            let expected: Vec<&str> = case[1]
                .as_array()
                .expect("a list")
                .iter()
                .map(|piece| piece.as_str().expect("text"))
                .collect();
            assert_eq!(pieces(&regex, text), expected, "{name} on {text:?}");
            checked += 1;
        }
    }
    assert!(checked > 100, "only {checked} cases");
}

/// What matches, from left to right.
fn matches<'t>(pattern: &str, text: &'t str) -> Vec<&'t str> {
    let regex = Regex::new(pattern).expect(pattern);
    let found = regex
        .find_iter(text)
        .map(|found| found.expect("the search ends").as_str());
    found.collect()
}

#[test]
fn properties_are_found_by_their_names() {
    let text = "a\u{3b1}\u{5d0}中1\u{663}_\u{10300}\u{10ffff}\u{20000}";
    for (class, expected) in [
        (
            r"\p{L}",
            vec!["a", "\u{3b1}", "\u{5d0}", "中", "\u{10300}", "\u{20000}"],
        ),
        (r"\pN", vec!["1", "\u{663}"]),
        (r"\p{lowercase letter}", vec!["a", "\u{3b1}"]),
        (r"\p{Han}", vec!["中", "\u{20000}"]),
        (r"\p{Script=Greek}", vec!["\u{3b1}"]),
        (r"\p{sc:old italic}", vec!["\u{10300}"]),
        (r"\p{gc=Nd}", vec!["1", "\u{663}"]),
        (
            r"[^\P{L}\p{Latin}a-z\u{5d0}]",
            vec!["\u{3b1}", "中", "\u{10300}", "\u{20000}"],
        ),
        (r"\p{Cn}", vec!["\u{10ffff}"]),
        (r"[\w&&[^\p{L}]]", vec!["1", "\u{663}", "_"]),
        (r"\d", vec!["1", "\u{663}"]),
    ] {
        assert_eq!(matches(class, text), expected, "{class}");
    }
}

#[test]
fn a_property_that_is_none_is_refused() {
    for pattern in [
        r"\p{Nonsense}",
        r"\p{sc=Lu}",
        r"\p{age=3.0}",
        r"\p{}",
        r"\p{]}",
    ] {
        let message = Regex::new(pattern).unwrap_err().to_string();
        assert!(message.contains("not supported"), "{message}");
    }
}
