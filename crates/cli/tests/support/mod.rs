//! Runs the built `unmask` on the embedded model and on spoiled copies of it.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The embedded model's folder.
pub fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/tiny")
}

/// A path below `tests/golden`.
pub fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(path)
}

/// `unmask` with `arguments`, not yet started.
pub fn unmask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmask"));
    command.args(arguments);
    command
}

/// `unmask SUBCOMMAND --model MODEL --device reference ARGUMENTS...`, finished.
pub fn on_model(subcommand: &str, model: &Path, arguments: &[&str]) -> Output {
    let mut command = unmask(&[subcommand, "--device", "reference", "--model"]);
    command.arg(model).args(arguments);
    command.output().expect("the binary starts")
}

/// Stdout of a run that must have succeeded.
pub fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "failed: {}", stderr(output));
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

/// Stderr, whatever became of the run.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The JSON lines of a run that must have succeeded.
pub fn lines(output: &Output) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).expect("each line is JSON");
    stdout(output).lines().map(parse).collect()
}

/// Asserts that a run failed with the engine's `code` and a message holding each of `words`.
pub fn assert_error(output: &Output, code: &str, words: &[&str]) {
    let message = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains(&format!("error ({code}):")), "{message}");
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
    assert!(output.stdout.is_empty(), "a failed run prints no result");
}

/// A folder of its own for the test `name`, emptied.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}

/// A copy of the embedded model for the test `name`, to be spoiled.
pub fn copy_of_tiny(name: &str) -> PathBuf {
    let folder = scratch(name);
    for entry in std::fs::read_dir(tiny()).expect("the model is there") {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            continue;
        }
        let file_name = path.file_name().expect("a file name");
        std::fs::write(
            folder.join(file_name),
            std::fs::read(&path).expect("readable"),
        )
        .expect("writable");
    }
    folder
}

/// Rewrites a JSON file of a copy.
pub fn edit_json(path: &Path, edit: impl FnOnce(&mut Value)) {
    let bytes = std::fs::read(path).expect("readable");
    let mut value = serde_json::from_slice(&bytes).expect("JSON");
    edit(&mut value);
    std::fs::write(path, value.to_string()).expect("writable");
}

/// Rewrites the bytes of a file of a copy.
pub fn edit_bytes(path: &Path, edit: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).expect("readable");
    edit(&mut bytes);
    std::fs::write(path, bytes).expect("writable");
}
