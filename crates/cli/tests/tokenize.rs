//! `unmask tokenize` on the embedded model's tokenizer.

mod support;

use std::io::Write;
use std::process::{Output, Stdio};

use support::{assert_error, scratch, stdout, tiny, unmask};

/// A run with `flags` that is given `input`.
fn tokenize(flags: &[&str], input: &str) -> Output {
    let mut command = unmask(&["tokenize", "--model"]);
    command.arg(tiny()).args(flags);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("is piped");
    stdin.write_all(input.as_bytes()).expect("is read");
    drop(stdin);
    child.wait_with_output().expect("ends")
}

#[test]
fn lines_become_ids_and_lines_again() {
    let text = "Once upon a time\n1 + 23 = 24\n";
    let ids = stdout(&tokenize(&[], text));
    assert_eq!(ids.lines().count(), 2);
    assert!(
        ids.split_whitespace().all(|id| id.parse::<u32>().is_ok()),
        "{ids}"
    );
    assert_eq!(stdout(&tokenize(&["--decode"], &ids)), text);
}

#[test]
fn json_lines_hold_line_breaks() {
    let text = "\"a\\nb 漢\"\n";
    let ids = stdout(&tokenize(&["--json"], text));
    assert!(ids.starts_with('[') && ids.lines().count() == 1, "{ids}");
    assert_eq!(stdout(&tokenize(&["--json", "--decode"], &ids)), text);
}

#[test]
fn a_text_may_be_a_flag_and_a_folder_needs_no_weights() {
    let folder = scratch("only-a-tokenizer");
    std::fs::copy(tiny().join("tokenizer.json"), folder.join("tokenizer.json")).expect("copied");
    let mut command = unmask(&["tokenize", "--text", "a cat", "--model"]);
    let alone = stdout(&command.arg(&folder).output().expect("starts"));
    assert_eq!(alone, stdout(&tokenize(&["--text", "a cat"], "")));
}

#[test]
fn a_line_that_is_no_list_is_an_error() {
    assert_error(
        &tokenize(&["--decode"], "1 two\n"),
        "bad_input",
        &["1 two", "ids"],
    );
    assert_error(
        &tokenize(&["--json"], "words\n"),
        "bad_input",
        &["JSON string"],
    );
}
