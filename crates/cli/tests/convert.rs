//! `unmask convert`, and GGUF files wherever a folder may be given.

mod support;

use std::path::{Path, PathBuf};

use support::{assert_error, on_model, scratch, stderr, stdout, tiny, unmask};

fn convert(source: &Path, target: &Path, flags: &[&str]) -> std::process::Output {
    let mut command = unmask(&["convert"]);
    let command = command.arg(source).arg(target).args(flags);
    command.output().expect("the binary starts")
}

/// The embedded model in q4_0.
fn small(name: &str) -> PathBuf {
    let file = scratch(name).join("tiny.gguf");
    let output = convert(&tiny(), &file, &["--dtype", "q4_0"]);
    assert!(output.status.success(), "{}", stderr(&output));
    file
}

#[test]
fn a_converted_model_generates_what_its_source_does() {
    let file = small("convert_generates");
    assert!(std::fs::metadata(&file).unwrap().len() < 4_000_000);
    let flags = ["--prompt", "Once upon a time", "--length", "12"];
    let from_file = stdout(&on_model("generate", &file, &flags));
    let from_folder = on_model(
        "generate",
        &tiny(),
        &[&flags[..], &["--dtype", "q4_0"]].concat(),
    );
    assert_eq!(from_file, stdout(&from_folder));
    assert!(from_file.len() > 12, "{from_file}");
}

#[test]
fn nothing_is_left_of_a_conversion_that_failed() {
    let folder = scratch("convert_fails");
    let target = folder.join("out.gguf");
    let output = convert(&tiny().join("model.safetensors"), &target, &[]);
    assert_error(
        &output,
        "bad_input",
        &["model.safetensors", "pass the folder"],
    );
    let source = folder.join("source");
    std::fs::create_dir(&source).unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(tiny().join(file), source.join(file)).unwrap();
    }
    // The last weight of the file is no number: found when most is written.
    support::edit_bytes(&source.join("model.safetensors"), |bytes| {
        let last = bytes.len() - 2;
        bytes[last..].copy_from_slice(&0x7E00_u16.to_le_bytes());
    });
    assert_error(&convert(&source, &target, &[]), "bad_file", &["NaN"]);
    let left = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 1, "neither the file nor its beginning");
}

#[test]
fn a_target_that_cannot_be_written() {
    let output = convert(&tiny(), Path::new("no/such/folder/out.gguf"), &[]);
    assert_error(&output, "bad_input", &["no/such/folder", "another file"]);
}

#[test]
fn a_damaged_file_is_refused() {
    let file = small("convert_damaged");
    let flags = ["--prompt", "a", "--length", "2"];
    support::edit_bytes(&file, |bytes| bytes.truncate(bytes.len() / 2));
    assert_error(
        &on_model("generate", &file, &flags),
        "bad_file",
        &["truncated"],
    );
    support::edit_bytes(&file, |bytes| bytes.truncate(3));
    assert_error(
        &on_model("generate", &file, &flags),
        "bad_file",
        &["model.gguf"],
    );
    std::fs::write(&file, "not a model, but a note").unwrap();
    assert_error(
        &on_model("generate", &file, &flags),
        "bad_file",
        &["no GGUF file"],
    );
}
