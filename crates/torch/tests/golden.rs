//! What `torch.save` wrote, against what it means: `tests/golden/make_torch.py`.

use std::path::PathBuf;

use pollster::block_on;
use unmask_engine::recipe::{Recipe, Rule};
use unmask_engine::session;
use unmask_engine::weights::{Checkpoint, Directory, Files, Format, Memory, TensorInfo};
use unmask_torch::TorchFolder;

fn golden(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(path)
}

/// A folder with just this file of `tests/golden/torch` as its weights.
fn folder(file: &str) -> Memory {
    let bytes = std::fs::read(golden("torch").join(file)).expect("golden data is there");
    Memory::new().with("pytorch_model.bin", bytes)
}

fn open(file: &str) -> unmask_engine::Result<Checkpoint<TorchFolder<Memory>>> {
    block_on(Checkpoint::open(TorchFolder::new(folder(file))))
}

/// The bytes of a tensor.
fn bytes<F: Files>(checkpoint: &Checkpoint<F>, tensor: &TensorInfo) -> Vec<u8> {
    let range = tensor.offset..tensor.offset + tensor.bytes;
    block_on(checkpoint.files().read(&tensor.file, range)).expect("reads")
}

#[test]
fn every_tensor_is_the_same_as_in_safetensors() {
    let torch = open("odd.bin").expect("opens");
    let expected = Directory::new(golden("torch"));
    let expected = block_on(Checkpoint::open_file(expected, "odd.safetensors")).expect("opens");
    assert!(
        torch.names().eq(expected.names()),
        "{:?}",
        torch.names().collect::<Vec<_>>()
    );
    for tensor in expected.tensors() {
        let found = torch.require(&tensor.name).expect("is there");
        assert_eq!(
            (found.dtype, &found.shape),
            (tensor.dtype, &tensor.shape),
            "{}",
            tensor.name
        );
        assert_eq!(
            bytes(&torch, found),
            bytes(&expected, tensor),
            "{}",
            tensor.name
        );
    }
    let tied = ["embedding", "head"].map(|name| bytes(&torch, torch.require(name).unwrap()));
    assert_eq!(tied[0], tied[1]);
}

#[test]
fn the_state_of_a_training_run_is_found_in_it() {
    let torch = open("wrapped.bin").expect("opens");
    assert!(torch.names().eq(["w"]));
}

#[test]
fn what_lies_transposed_is_refused_by_name() {
    let error = open("transposed.bin").expect_err("opened");
    assert!(
        error.message.contains("tensor \"w\" is stored transposed"),
        "{error}"
    );
}

/// The file that `unmask convert` would write.
fn converted<F: Files>(files: F) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    };
    let recipe = Recipe::from(Rule::Uniform(Format::Q8_0));
    block_on(session::convert(files, &recipe, &mut sink, &mut |_| ())).expect("converts");
    bytes
}

#[test]
fn a_model_converts_to_the_same_file() {
    let small = ["config.json", "tokenizer.json", "tokenizer_config.json"];
    let beside = |names: &[(&str, &str)]| {
        let mut files = Memory::new();
        for (name, path) in small.map(|name| (name, format!("llama/{name}"))) {
            files.insert(name, std::fs::read(golden(&path)).unwrap());
        }
        for (name, path) in names {
            files.insert(*name, std::fs::read(golden("torch").join(path)).unwrap());
        }
        files
    };
    let expected = converted(Directory::new(golden("llama")));
    let single = beside(&[("pytorch_model.bin", "single/pytorch_model.bin")]);
    let parts = [
        "pytorch_model.bin.index.json",
        "pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin",
    ];
    let paths = parts.map(|part| format!("sharded/{part}"));
    let sharded: Vec<(&str, &str)> = parts
        .into_iter()
        .zip(paths.iter().map(String::as_str))
        .collect();
    for files in [single, beside(&sharded)] {
        assert!(block_on(TorchFolder::is_needed(&files)).unwrap());
        assert!(converted(TorchFolder::new(files)) == expected);
    }
}

#[test]
fn a_folder_that_the_engine_reads_is_left_to_it() {
    let files = folder("odd.bin").with("model.safetensors", []);
    assert!(!block_on(TorchFolder::is_needed(&files)).unwrap());
    assert!(!block_on(TorchFolder::is_needed(&Memory::new())).unwrap());
}
