//! The page of made-up figures.

use super::arithmetic::{break_even, seconds_at};
use super::{KINDS, Measured, page, panels};

/// A place where a forward of 8 rows takes twice as long as one of a single row.
fn measured() -> Measured {
    let run = |task: &str, tokens: u32, forwards: u32, rows: u32, seconds: f64| {
        format!(
            r#"{{"message": 0, "task": "{task}", "tokens": {tokens}, "seconds": {seconds}, "forwards": {forwards},
                "rows": {rows}}}"#
        )
    };
    let writer = |engine: &str, model: &str, runs: [String; 2]| {
        format!(
            r#"{{"engine": "{engine}", "model": "{model}", "place": "here", "adapter": "", "runs": [{}]}}"#,
            runs.join(",")
        )
    };
    let causal = [
        run("story", 100, 100, 120, 1.0),
        run("json", 10, 10, 30, 0.2),
    ];
    let peer = [
        run("story", 100, 100, 120, 4.0),
        run("json", 10, 10, 30, 0.2),
    ];
    let block = [run("story", 100, 25, 200, 0.5), run("json", 10, 5, 40, 0.2)];
    let results = [
        writer("transformers.js", "tiny-ar", peer),
        writer("unmask", "tiny-ar", causal),
        writer("unmask", "tiny-block", block),
    ];
    let forward = |rows: u32, seconds: f64| {
        format!(r#"{{"place": "here", "rows": {rows}, "seconds": [{seconds}]}}"#)
    };
    let forwards = [forward(1, 0.01), forward(8, 0.02), forward(16, 0.04)];
    serde_json::from_str(&format!(
        r#"{{"versions": {{"chromium": "1"}}, "repeats": 1, "methods": {{}},
            "messages": [{{"task": "story", "prompt": "p", "length": 100}}],
            "texts": [{{"writer": "unmask, tiny-ar, here", "same": 1}}, {{"writer": "unmask, tiny-block, here"}}],
            "results": [{}], "forwards": [{}]}}"#,
        results.join(","),
        forwards.join(",")
    ))
    .unwrap()
}

#[test]
fn the_page_tells_rates_rows_and_widths() {
    let page = page::text(&measured());
    for line in [
        "| here: transformers.js, tiny-ar | 25.0 (0.25) | 50.0 (1.00) |",
        "| here: unmask, tiny-block | 200.0 (2.00) | 50.0 (1.00) |",
        "| tiny-block, stories | 4.00 | 8.0 | 2.0 |",
        "| here | 10.00 | 20.00 | 40.00 |",
        "| here: tiny-block, stories | 4.00 | 8.0 | 2.00 | over 64 | 2.00 | 2.00 |",
        "| here: tiny-block, tasks | 2.00 | 8.0 | 2.00 | 8.0 | 1.00 | 1.00 |",
        "of 1: unmask, tiny-ar, here 1.",
    ] {
        assert!(page.contains(line), "no {line:?} in {page}");
    }
}

#[test]
fn medians_are_taken_over_the_turns_of_a_message() {
    let mut measured = measured();
    let writer = &mut measured.results[1];
    for seconds in [9.0, 1.0] {
        let mut turn = writer.runs[0].clone();
        turn.seconds = seconds;
        writer.runs.push(turn);
    }
    assert_eq!(writer.totals(KINDS[0].1).tokens_per_second(), 100.0);
}

#[test]
fn the_picture_has_the_place_and_the_writers() {
    let panels = panels(&measured());
    let names = |at: usize| panels[at].lines.iter().map(|(name, _)| name.as_str());
    assert_eq!(names(0).collect::<Vec<_>>(), ["here"]);
    let expected = ["here", "tiny-block, stories", "tiny-block, tasks"];
    assert_eq!(names(1).collect::<Vec<_>>(), expected);
    assert_eq!(panels[1].lines[1].1, [(8.0, 4.0)]);
}

#[test]
fn curves_are_straight_between_and_beyond_what_was_measured() {
    let curve = [(1.0, 1.0), (3.0, 2.0), (4.0, 4.0)];
    assert_eq!(seconds_at(&curve, 2.0), Some(1.5));
    assert_eq!(seconds_at(&curve, 5.0), Some(6.0));
    assert_eq!(seconds_at(&curve[..1], 1.0), None);
    assert_eq!(break_even(&curve, 3.0), Some(3.5));
    assert_eq!(break_even(&curve, 1.0), Some(1.0));
    assert_eq!(break_even(&curve, 4.0), None);
    // One token a forward where several rows cost no more: the widest of them.
    assert_eq!(
        break_even(&[(1.0, 1.0), (2.0, 0.5), (4.0, 2.0)], 1.0),
        Some(2.0 + 2.0 / 3.0)
    );
}
