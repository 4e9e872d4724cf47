//! `unmask convert`, and GGUF files wherever a folder may be given.

mod support;

use std::path::{Path, PathBuf};

use support::{assert_error, golden, on_model, scratch, stderr, stdout, tiny, unmask};
use unmask_engine::weights::SourceDtype;
use unmask_engine::weights::gguf::HeaderWriter;

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

/// A model of a few thousand weights whose matrices have blocks.
fn block_model() -> PathBuf {
    golden("llama")
}

#[test]
fn a_calibrated_file_is_the_same_every_time_and_loads() {
    let folder = scratch("convert_calibrated");
    let texts = folder.join("texts.jsonl");
    std::fs::write(&texts, "{\"text\": \"abc abd\"}\n{\"text\": \"bca\"}\n").unwrap();
    let convert_to = |name: &str, flags: &[&str]| {
        let file = folder.join(name);
        let output = convert(
            &block_model(),
            &file,
            &[&["--dtype", "q4_0"][..], flags].concat(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        (std::fs::read(file).unwrap(), stderr(&output))
    };
    let calibrate = ["--calibrate", texts.to_str().unwrap()];
    let (first, said) = convert_to("first.gguf", &calibrate);
    let (second, _) = convert_to("second.gguf", &calibrate);
    let (nearest, _) = convert_to("nearest.gguf", &[]);
    assert!(said.contains("matrices calibrated"), "{said}");
    assert!(first == second, "equal sources give equal bytes");
    assert_eq!(first.len(), nearest.len());
    assert!(first != nearest);
    let output = unmask(&["inspect"]).arg(folder.join("first.gguf")).output();
    let page = stdout(&output.expect("starts"));
    assert!(!page.contains("not supported"), "{page}");
}

#[test]
fn what_is_no_calibration_text_is_said() {
    let folder = scratch("convert_calibrate_bad");
    let (texts, target) = (folder.join("texts.jsonl"), folder.join("out.gguf"));
    let flags = ["--dtype", "q4_0", "--calibrate", texts.to_str().unwrap()];
    let output = convert(&block_model(), &target, &flags);
    assert_error(&output, "bad_input", &["texts.jsonl", "JSON lines"]);
    std::fs::write(&texts, "{\"prompt\": \"a\"}\n").unwrap();
    let output = convert(&block_model(), &target, &flags);
    assert_error(&output, "bad_input", &["texts.jsonl:1", "answer"]);
    assert!(!target.exists());
}

#[test]
fn weights_of_pytorch_are_for_the_converter() {
    let folder = scratch("convert_torch");
    for file in ["config.json", "tokenizer.json", "tokenizer_config.json"] {
        std::fs::copy(golden("llama").join(file), folder.join(file)).unwrap();
    }
    let weights = golden("torch/single/pytorch_model.bin");
    std::fs::copy(weights, folder.join("pytorch_model.bin")).unwrap();
    let target = folder.join("out.gguf");
    let output = on_model("generate", &folder, &["--prompt", "a", "--length", "2"]);
    assert_error(&output, "unsupported_model", &["PyTorch", "unmask convert"]);
    let output = convert(&folder, &target, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let output = unmask(&["inspect"]).arg(&folder).output().expect("starts");
    assert!(stdout(&output).contains("PyTorch"));
    let output = on_model("generate", &target, &["--prompt", "a", "--length", "2"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn the_parts_of_a_file_are_found_beside_the_first() {
    let folder = scratch("convert_parts");
    for number in [1_u32, 2] {
        let mut header = HeaderWriter::new();
        header.text("general.architecture", "llama");
        header.number("split.no", number - 1);
        header.number("split.count", 2);
        header.tensor(&format!("part.{number}"), &[1], SourceDtype::F32, 4);
        let bytes = [header.finish(), vec![0; 4]].concat();
        std::fs::write(folder.join(format!("my-0000{number}-of-00002.gguf")), bytes).unwrap();
    }
    let first = folder.join("my-00001-of-00002.gguf");
    let output = unmask(&["inspect"]).arg(&first).output().expect("starts");
    assert!(
        stdout(&output).contains("GGUF, 2 files"),
        "{}",
        stdout(&output)
    );
    std::fs::remove_file(folder.join("my-00002-of-00002.gguf")).unwrap();
    let output = unmask(&["inspect"]).arg(&first).output().expect("starts");
    assert_error(&output, "missing_file", &["part 2 of 2"]);
}
