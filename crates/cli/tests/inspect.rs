//! `unmask inspect` on the embedded model and on one that is not supported.

mod support;

use serde_json::{Value, json};
use support::{copy_of_tiny, edit_json, scratch, stdout, tiny, unmask};

fn inspect(path: &std::path::Path) -> Value {
    let output = unmask(&["inspect", "--json"]).arg(path).output().unwrap();
    serde_json::from_str(&stdout(&output)).expect("one JSON object")
}

/// All problems in one text.
fn problems(inspection: &Value) -> String {
    inspection["problems"].to_string()
}

#[test]
fn a_folder_says_what_it_is() {
    let output = unmask(&["inspect"]).arg(tiny()).output().unwrap();
    let page = stdout(&output);
    assert!(
        page.contains("qwen3, supported") && page.contains("QK-norm"),
        "{page}"
    );
    let inspection = inspect(&tiny());
    assert_eq!(inspection["architecture"], "qwen3");
    assert_eq!(inspection["maskId"], 1);
    assert_eq!(inspection["spec"]["vocabulary"], 4096);
}

#[test]
fn a_gguf_file_says_what_its_folder_does() {
    let file = scratch("inspect_gguf").join("tiny.gguf");
    let mut command = unmask(&["convert", "--dtype", "mixed"]);
    let output = command.arg(tiny()).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", support::stderr(&output));
    let (from_file, folder) = (inspect(&file), inspect(&tiny()));
    assert_eq!(from_file["container"], "GGUF");
    for same in [
        "architecture",
        "spec",
        "maskId",
        "tokenizer",
        "tokens",
        "hasChatTemplate",
    ] {
        assert_eq!(from_file[same], folder[same], "{same}");
    }
    assert_eq!(from_file["tokenizer"], "byte-level BPE");
    let resident = |inspection: &Value, dtype: &str| inspection["residentBytes"][dtype].as_u64();
    // What is kept as it is takes what the recipe takes.
    assert_eq!(resident(&from_file, "auto"), resident(&folder, "mixed"));
    assert!(resident(&folder, "q4_0") < resident(&folder, "mixed"));
    assert!(resident(&folder, "mixed") < resident(&folder, "q8_0"));
    let page = stdout(&unmask(&["inspect"]).arg(&file).output().unwrap());
    assert!(
        page.contains("Q4_0 (") && page.contains("on a device"),
        "{page}"
    );
}

#[test]
fn weights_can_stand_alone() {
    let file = scratch("inspect_file").join("other.safetensors");
    std::fs::copy(tiny().join("model.safetensors"), &file).unwrap();
    let inspection = inspect(&file);
    assert_eq!(inspection["parameters"], 5_476_352);
    assert_eq!(inspection["dtypes"]["F16"], 68);
    assert_eq!(inspection["supported"], false);
    assert!(problems(&inspection).contains("config.json"));
    // Beside its configuration the same file is a whole model.
    let inspection = inspect(&tiny().join("model.safetensors"));
    assert_eq!(inspection["supported"], true, "{inspection}");
}

#[test]
fn an_unsupported_model_is_an_answer() {
    let folder = copy_of_tiny("inspect_unsupported");
    edit_json(&folder.join("config.json"), |config| {
        config["model_type"] = json!("abacus");
        config["architectures"] = json!(["AbacusForCounting"]);
    });
    let inspection = inspect(&folder);
    assert_eq!(inspection["supported"], false);
    assert_eq!(inspection["architecture"], "abacus");
    assert!(problems(&inspection).contains("abacus"));
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let folder = copy_of_tiny("inspect_misfit");
    edit_json(&folder.join("config.json"), |config| {
        config["num_hidden_layers"] = json!(9);
        config["intermediate_size"] = json!(640);
    });
    let problems = problems(&inspect(&folder));
    assert!(
        problems.contains("mlp") && problems.contains("more like these"),
        "{problems}"
    );
}
