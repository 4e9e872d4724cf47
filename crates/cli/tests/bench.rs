//! `unmask bench` on the embedded model.

mod support;

use support::{assert_error, lines, on_model, stdout, tiny};

#[test]
fn forwards_are_timed_by_their_rows() {
    let flags = ["--rows", "1", "24", "--repeats", "3", "--json"];
    let lines = lines(&on_model("bench", &tiny(), &flags));
    assert_eq!(lines.len(), 2);
    for (line, rows) in lines.iter().zip([1, 24]) {
        assert_eq!(line["rows"], rows);
        assert!(line["seconds"].as_f64().expect("a number") > 0.0, "{line}");
        assert_eq!(line["all"].as_array().expect("a list").len(), 3);
    }
}

#[test]
fn the_knee_is_one_of_the_rows_that_were_tried() {
    let flags = ["--rows", "1", "--repeats", "1", "--knee", "--json"];
    let lines = lines(&on_model("bench", &tiny(), &flags));
    let forwards = lines[1]["forwards"].as_array().expect("a list");
    let knee = &lines[1]["knee"];
    assert!(
        forwards.iter().any(|forward| forward["rows"] == *knee),
        "{knee}"
    );
}

#[test]
fn people_get_a_table() {
    let text = stdout(&on_model(
        "bench",
        &tiny(),
        &["--rows", "4", "--repeats", "1", "--knee"],
    ));
    assert!(
        text.contains("rows/s") && text.contains("knee: ") && text.lines().count() == 4,
        "{text}"
    );
}

#[test]
fn more_rows_than_the_model_has_positions_are_refused() {
    let output = on_model("bench", &tiny(), &["--rows", "100000"]);
    assert_error(&output, "context_overflow", &["100000"]);
}
