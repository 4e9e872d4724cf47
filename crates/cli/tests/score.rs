//! `unmask score` on the embedded model, and on a causal one of random weights.

mod support;

use std::path::{Path, PathBuf};

use support::{assert_error, lines, on_model, stdout, tiny};

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

fn causal() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/causal")
}

#[test]
fn a_causal_models_likelihood_is_exact_whatever_the_samples() {
    let first = stdout(&on_model("score", &causal(), &FLAGS));
    assert!(
        first.contains("± 0.0000") && first.contains("1 samples"),
        "{first}"
    );
    let more = [&FLAGS[..4], &["--estimator", "exact", "--seed", "9"]].concat();
    assert_eq!(first, stdout(&on_model("score", &causal(), &more)));
}

#[test]
fn a_text_may_begin_as_a_flag_does() {
    let flags = ["--prompt", "--", "--text", "-13", "--json"];
    let score = lines(&on_model("score", &causal(), &flags));
    assert!(score[0]["tokens"].as_u64() > Some(0), "{score:?}");
}

#[test]
fn an_estimator_of_another_kind_of_model_is_refused() {
    let asked = |estimator| [&FLAGS[..], &["--estimator", estimator]].concat();
    let output = on_model("score", &causal(), &asked("semi-deterministic"));
    assert_error(&output, "bad_input", &["causal", "leave the estimator out"]);
    let output = on_model("score", &tiny(), &asked("exact"));
    assert_error(&output, "bad_input", &["fills masks", "monte-carlo"]);
    let output = on_model("score", &causal(), &FLAGS[2..4]);
    assert_error(&output, "bad_input", &["nothing is before", "prompt"]);
}
