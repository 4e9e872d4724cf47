//! `unmask inspect` on the embedded model and on one that is not supported.

mod support;

use serde_json::{Value, json};
use support::{copy_of_tiny, edit_json, stdout, tiny, unmask};

fn inspect(path: &std::path::Path) -> Value {
    let output = unmask(&["inspect", "--json"]).arg(path).output().unwrap();
    serde_json::from_str(&stdout(&output)).expect("one JSON object")
}

#[test]
fn a_folder_says_what_it_is() {
    let output = unmask(&["inspect"]).arg(tiny()).output().unwrap();
    assert!(stdout(&output).contains("qwen3"), "{}", stdout(&output));
    assert!(inspect(&tiny()).to_string().contains("qwen3"));
}

#[test]
fn a_weights_file_can_stand_alone() {
    let folder = copy_of_tiny("inspect_file");
    std::fs::rename(
        folder.join("model.safetensors"),
        folder.join("other.safetensors"),
    )
    .unwrap();
    assert!(inspect(&folder.join("other.safetensors")).is_object());
}

#[test]
fn an_unsupported_model_is_an_answer() {
    let folder = copy_of_tiny("inspect_unsupported");
    edit_json(&folder.join("config.json"), |config| {
        config["model_type"] = json!("abacus");
        config["architectures"] = json!(["AbacusForCounting"]);
    });
    assert!(inspect(&folder).to_string().contains("abacus"));
}
