//! Every kind of bad input is a clear error: its code, the thing it is about, and the remedy.

mod support;

use serde_json::json;
use support::{
    assert_error, copy_of_tiny, edit_bytes, edit_json, on_model, scratch, stderr, tiny, unmask,
};

const SHORT: [&str; 4] = ["--prompt", "a", "--length", "2"];

#[test]
fn a_missing_folder() {
    let folder = scratch("missing_folder").join("nothing");
    let output = on_model("generate", &folder, &SHORT);
    assert_error(&output, "missing_file", &["nothing", "pass a folder"]);
    let output = unmask(&["inspect", "no-such-model"]).output().unwrap();
    assert_error(&output, "missing_file", &["no-such-model"]);
}

#[test]
fn a_file_for_a_folder() {
    let output = on_model("generate", &tiny().join("model.safetensors"), &SHORT);
    assert_error(&output, "bad_input", &["model.safetensors", "folder"]);
}

#[test]
fn missing_files() {
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let folder = copy_of_tiny(&format!("missing_{file}"));
        std::fs::remove_file(folder.join(file)).unwrap();
        let output = on_model("generate", &folder, &SHORT);
        assert_error(&output, "missing_file", &[file]);
    }
}

#[test]
fn truncated_weights() {
    let folder = copy_of_tiny("truncated_weights");
    let weights = folder.join("model.safetensors");
    edit_bytes(&weights, |bytes| bytes.truncate(bytes.len() / 2));
    let output = on_model("generate", &folder, &SHORT);
    assert_error(&output, "bad_file", &["model.safetensors", "truncated"]);
    // Not even the header is whole.
    edit_bytes(&weights, |bytes| bytes.truncate(100));
    assert_error(
        &on_model("generate", &folder, &SHORT),
        "bad_file",
        &["model.safetensors"],
    );
    edit_bytes(&weights, Vec::clear);
    assert_error(
        &on_model("generate", &folder, &SHORT),
        "bad_file",
        &["model.safetensors"],
    );
}

/// Replaces the safetensors header by an edited one.
fn edit_header(bytes: &mut Vec<u8>, edit: impl FnOnce(&mut serde_json::Value)) {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    edit(&mut header);
    let header = header.to_string();
    let data = bytes.split_off(8 + length);
    *bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
}

const EMBEDDING: &str = "model.embed_tokens.weight";

#[test]
fn a_header_that_lies() {
    let lies = [
        ("shape", json!([4096, 1_u64 << 40])),
        ("data_offsets", json!([0, 1_u64 << 50])),
        ("data_offsets", json!([4096, 0])),
    ];
    for (member, lie) in lies {
        let folder = copy_of_tiny("lying_header");
        edit_bytes(&folder.join("model.safetensors"), |bytes| {
            edit_header(bytes, |header| header[EMBEDDING][member] = lie);
        });
        let output = on_model("generate", &folder, &SHORT);
        assert_error(&output, "bad_file", &["model.safetensors", EMBEDDING]);
    }
    let folder = copy_of_tiny("lying_length");
    edit_bytes(&folder.join("model.safetensors"), |bytes| {
        bytes[..8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    });
    let output = on_model("generate", &folder, &SHORT);
    assert_error(&output, "bad_file", &["model.safetensors"]);
}

#[test]
fn a_tensor_that_is_not_there() {
    let folder = copy_of_tiny("missing_tensor");
    edit_json(&folder.join("config.json"), |config| {
        config["num_hidden_layers"] = json!(7);
    });
    let output = on_model("generate", &folder, &SHORT);
    assert_error(&output, "missing_tensor", &["model.layers.6."]);
}

#[test]
fn more_layers_than_a_file_can_hold() {
    let folder = copy_of_tiny("many_layers");
    edit_json(&folder.join("config.json"), |config| {
        config["num_hidden_layers"] = json!(1000);
    });
    let output = on_model("generate", &folder, &SHORT);
    assert_error(&output, "bad_file", &["1000 layers", "68 tensors"]);
}

#[test]
fn weights_that_are_no_numbers() {
    let folder = copy_of_tiny("nan_weights");
    edit_bytes(&folder.join("model.safetensors"), |bytes| {
        let last = bytes.len() - 2;
        bytes[last..].copy_from_slice(&0x7E00_u16.to_le_bytes()); // NaN in f16
    });
    let output = on_model("generate", &folder, &SHORT);
    assert_error(&output, "bad_file", &["model."]);
}

#[test]
fn a_tokenizer_without_a_mask_token() {
    let folder = copy_of_tiny("no_mask_token");
    edit_json(&folder.join("config.json"), |config| {
        config.as_object_mut().unwrap().remove("mask_token_id");
    });
    edit_json(&folder.join("tokenizer_config.json"), |config| {
        config.as_object_mut().unwrap().remove("mask_token");
    });
    edit_bytes(&folder.join("tokenizer.json"), |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replace("<|mask|>", "<|other|>").into_bytes();
    });
    let output = on_model("generate", &folder, &SHORT);
    assert_error(&output, "unsupported_model", &["mask"]);
}

#[test]
fn a_corrupt_tokenizer() {
    let folder = copy_of_tiny("corrupt_tokenizer");
    edit_bytes(&folder.join("tokenizer.json"), |bytes| bytes.truncate(1000));
    let output = on_model("generate", &folder, &SHORT);
    assert_error(
        &output,
        "bad_file",
        &["tokenizer.json", "get the file again"],
    );
}

#[test]
fn a_prompt_longer_than_the_context() {
    let long = "1".repeat(1100);
    let output = on_model("generate", &tiny(), &["--prompt", &long, "--length", "4"]);
    assert_error(&output, "context_overflow", &["512"]);
    let output = on_model("generate", &tiny(), &["--prompt", "a", "--length", "512"]);
    assert_error(&output, "context_overflow", &["512"]);
}

#[test]
fn an_unknown_architecture() {
    let folder = copy_of_tiny("unknown_architecture");
    edit_json(&folder.join("config.json"), |config| {
        config["model_type"] = json!("abacus");
        config["architectures"] = json!(["AbacusForCounting"]);
    });
    let output = on_model("generate", &folder, &SHORT);
    assert_error(&output, "unsupported_model", &["abacus"]);
}

#[test]
fn a_chat_without_a_template() {
    let folder = copy_of_tiny("no_template");
    std::fs::remove_file(folder.join("tokenizer_config.json")).unwrap();
    let output = on_model("generate", &folder, &["--chat", "Hi"]);
    assert_error(&output, "bad_input", &["chat template"]);
}

#[test]
fn canvas_files_that_are_none() {
    let file = scratch("bad_canvas").join("canvas.json");
    let path = file.to_str().unwrap();
    let run = || on_model("generate", &tiny(), &["--canvas", path]);
    assert_error(&run(), "missing_file", &["canvas.json"]);
    for text in [
        "",
        "[]",
        r#"{"segments":[{"mask":-1}]}"#,
        r#"{"segments":[{"holes":2}]}"#,
    ] {
        std::fs::write(&file, text).unwrap();
        assert_error(&run(), "bad_input", &["canvas.json", "segments"]);
    }
    for text in [
        r#"{"segments":[]}"#,
        r#"{"segments":[{"ids":[4096]},{"mask":2}]}"#,
    ] {
        std::fs::write(&file, text).unwrap();
        assert_error(&run(), "bad_input", &[]);
    }
}

#[test]
fn ids_outside_the_vocabulary() {
    let out = scratch("bad_ids").join("out.npy");
    let out = out.to_str().unwrap();
    let output = on_model("logits", &tiny(), &["--ids", "1,4096", "--out", out]);
    assert_error(&output, "bad_input", &["4096"]);
}

#[test]
fn an_output_that_cannot_be_written() {
    let out = scratch("bad_out").join("none/out.npy");
    let out = out.to_str().unwrap();
    let output = on_model("logits", &tiny(), &["--ids", "1", "--out", out]);
    assert_error(&output, "bad_input", &["out.npy", "--out"]);
}

#[test]
fn bad_flags_name_themselves() {
    let model = tiny();
    let model = model.to_str().unwrap();
    let cases: [(&[&str], &str); 10] = [
        (&["--prompt", "a", "--device", "abacus"], "--device"),
        (&["--prompt", "a", "--dtype", "q9"], "--dtype"),
        (&["--prompt", "a", "--select", "best"], "--select"),
        (&["--prompt", "a", "--convention", "geneva"], "--convention"),
        (&["--prompt", "a", "--threshold", "1.5"], "--threshold"),
        (&["--prompt", "a", "--temperature=-1"], "--temperature"),
        (&["--prompt", "a", "--length", "0"], "--length"),
        (&["--prompt", "a", "--steps", "many"], "--steps"),
        (&["--prompt", "a", "--chat", "b"], "--chat"),
        (&[], "--prompt"),
    ];
    for (flags, name) in cases {
        let mut command = unmask(&["generate", "--model", model]);
        let output = command.args(flags).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(stderr(&output).contains(name), "{}", stderr(&output));
    }
}

#[test]
fn exams_that_are_none() {
    let eval = |exam: &str| on_model("eval", &tiny(), &["--exam", exam]);
    assert_error(
        &eval("no-such-exam"),
        "missing_file",
        &["no-such-exam", "tests/exam"],
    );
    let folder = scratch("exams");
    let path = folder.to_str().unwrap();
    assert_error(&eval(path), "bad_file", &[path, "no .jsonl file"]);

    let item = r#"{"prompt":"2 + 3 = ?","answer":"5","check":"exact","facts":{}}"#;
    let file = folder.join("sums.jsonl");
    std::fs::write(&file, format!("{item}\n{{\"prompt\":\n")).unwrap();
    assert_error(
        &eval(path),
        "bad_file",
        &["sums.jsonl:2", "correct the line"],
    );
    std::fs::write(&file, item).unwrap();
    std::fs::write(folder.join("lengths.json"), r#"{"sums":"long"}"#).unwrap();
    assert_error(&eval(path), "bad_file", &["lengths.json", "\"default\":16"]);
    std::fs::write(folder.join("lengths.json"), r#"{"sums":5000}"#).unwrap();
    assert_error(&eval(path), "context_overflow", &["sums, item 1", "5000"]);
    let flags = ["--exam", file.to_str().unwrap(), "--length", "2"];
    let answers = [&flags[..], &["--answers", "no/such/folder/a.jsonl"]].concat();
    let output = on_model("eval", &tiny(), &answers);
    assert_error(&output, "bad_input", &["no/such/folder", "answers"]);
}

#[test]
fn runs_that_would_all_be_equal() {
    let same = |flags: &[&str]| on_model("generate", &tiny(), &[&SHORT[..], flags].concat());
    let remedy = ["temperature is 0", "give a temperature"];
    assert_error(&same(&["--best-of", "3"]), "bad_input", &remedy);
    assert_error(&same(&["--vote-seeds", "3"]), "bad_input", &remedy);
    let two = same(&["--vote", "4,8"]);
    assert_error(&two, "bad_input", &["2 paths", "majority"]);
}

#[test]
fn what_a_checkpoint_leaves_unsaid_can_be_said() {
    let exact = [
        "--prompt", "Once", "--length", "8", "--steps", "1", "--cache", "exact",
    ];
    let refused = on_model("generate", &tiny(), &exact);
    assert_error(&refused, "bad_input", &["exact"]);
    let blocked = on_model(
        "generate",
        &tiny(),
        &[&exact[..], &["--block-size", "4"]].concat(),
    );
    assert!(blocked.status.success(), "{}", stderr(&blocked));
    let beyond = on_model(
        "generate",
        &tiny(),
        &["--prompt", "Once", "--mask-token-id", "99999"],
    );
    assert_error(&beyond, "unsupported_model", &["99999"]);
}
