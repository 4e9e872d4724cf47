//! Texts are cut as the `tokenizers` package cuts them with Oniguruma
//! (`tests/golden/make_patterns.py`).

use fancy_regex::Regex;
use serde_json::Value;

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
