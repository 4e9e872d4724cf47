//! `unmask score` on the embedded model.

mod support;

use support::{lines, on_model, stdout, tiny};

const FLAGS: [&str; 6] = [
    "--prompt",
    "Once upon a time",
    "--text",
    ", there was a little",
    "--samples",
    "6",
];

#[test]
fn a_likely_text_scores_higher_than_an_unlikely_one() {
    let scored = |text: &str| {
        let flags = [
            "--prompt",
            "Once upon a time",
            "--text",
            text,
            "--samples",
            "8",
            "--json",
        ];
        let score = lines(&on_model("score", &tiny(), &flags))
            .pop()
            .expect("a score");
        assert_eq!(score["samples"], 8);
        assert!(score["standardError"].as_f64().expect("an error") >= 0.0);
        score["perToken"].as_f64().expect("a number")
    };
    let likely = scored(", there was a little");
    assert!(
        likely < 0.0 && likely > scored("little a was there ,"),
        "{likely}"
    );
}

#[test]
fn a_seed_repeats_the_estimate() {
    let first = stdout(&on_model("score", &tiny(), &FLAGS));
    assert!(first.contains("nats"), "{first}");
    assert_eq!(first, stdout(&on_model("score", &tiny(), &FLAGS)));
}
