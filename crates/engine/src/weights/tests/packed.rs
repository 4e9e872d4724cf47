//! Packed weights against what they mean; `tests/golden/packed/make.py` wrote both.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::{Assembly, Checkpoint, Directory, Files, Format, Memory};
use super::assert_error;
use crate::{Error, Result};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/packed")
        .join(name)
}

fn rows<F: Files>(checkpoint: &Checkpoint<F>, name: &str, count: usize, from: usize) -> Vec<f32> {
    let mut out = Vec::new();
    let range = from..count;
    pollster::block_on(checkpoint.read_rows_f32(name, range, &mut out)).expect("reads");
    out
}

#[test]
fn packed_weights_are_what_they_mean() {
    for (name, word) in [
        ("gptq", "GPTQ"),
        ("gptq_v2", "GPTQ"),
        ("awq", "AWQ"),
        ("mlx", "MLX"),
    ] {
        let files = || Directory::new(folder(name));
        let packed = pollster::block_on(Checkpoint::open(files())).expect("opens");
        let expected = Checkpoint::open_file(files(), "expected.safetensors");
        let expected = pollster::block_on(expected).expect("opens");
        let names: Vec<&str> = packed.names().collect();
        assert_eq!(names, ["a.weight", "b.weight", "plain.weight"], "{name}");
        for tensor in ["a.weight", "b.weight"] {
            let info = packed.require(tensor).expect("is there");
            let other = expected.require(tensor).expect("is there");
            assert_eq!((&info.shape, info.dtype.as_str()), (&other.shape, word));
            let count = info.rows();
            for from in [0, 5] {
                let found = rows(&packed, tensor, count, from);
                assert!(
                    found == rows(&expected, tensor, count, from),
                    "{name} {tensor}"
                );
            }
        }
    }
}

#[test]
fn packed_weights_load_in_a_resident_format() {
    let files = Directory::new(folder("awq"));
    let checkpoint = pollster::block_on(Checkpoint::open(files)).expect("opens");
    let weight = Assembly::Stacked(vec!["a.weight".into()]);
    let mut bytes = 0;
    let sink = |_, piece: &[u8]| {
        bytes += piece.len() as u64;
        Ok(())
    };
    let packed = checkpoint.read_rows_packed(&weight, 0..24, Format::Q8_0, sink);
    pollster::block_on(packed).expect("packs");
    assert_eq!(bytes, Format::Q8_0.bytes(24, 64));
}

/// The folder `name` in memory, its configuration edited, its tensors too.
fn spoiled(name: &str, edit: impl Fn(&mut Value), rename: (&str, &str)) -> Result<()> {
    let read = |file: &str| std::fs::read(folder(name).join(file)).expect("is there");
    let mut config = serde_json::from_slice(&read("config.json")).expect("is JSON");
    edit(&mut config);
    let mut weights = read("model.safetensors");
    let (from, to) = rename;
    assert_eq!(from.len(), to.len());
    let at = weights
        .windows(from.len())
        .position(|w| w == from.as_bytes());
    weights[at.expect("is in the header")..][..to.len()].copy_from_slice(to.as_bytes());
    let files = Memory::new()
        .with("config.json", config.to_string())
        .with("model.safetensors", weights);
    let checkpoint = pollster::block_on(Checkpoint::open(files))?;
    let mut out = Vec::new();
    pollster::block_on(checkpoint.read_rows_f32("a.weight", 0..1, &mut out))
}

const SAME: (&str, &str) = ("a.scales", "a.scales");

#[test]
fn what_is_not_supported_is_named() {
    let refused = |name: &str, field: &str, option: &str, value: Value| -> Error {
        let edit = |config: &mut Value| config[field][option] = value.clone();
        spoiled(name, edit, SAME).expect_err("is refused")
    };
    let of = "quantization_config";
    for (error, words) in [
        (refused("gptq", of, "quant_method", json!("hqq")), "hqq"),
        (refused("gptq", of, "bits", json!(3)), "3 bits"),
        (
            refused("gptq", of, "checkpoint_format", json!("marlin")),
            "marlin",
        ),
        (refused("awq", of, "version", json!("gemv")), "gemv"),
        (refused("awq", of, "bits", json!(8)), "8 bits"),
        (
            refused("mlx", "quantization", "mode", json!("mxfp4")),
            "mxfp4",
        ),
    ] {
        assert_error(&error, "unsupported_model", &[words, "original weights"]);
    }
    for size in [json!(0), json!(-2), json!("32"), Value::Null] {
        let error = refused("gptq", of, "group_size", size);
        assert_error(&error, "bad_file", &["group_size"]);
    }
    let error = spoiled("gptq", |config| *config = json!({}), SAME).expect_err("is refused");
    assert_error(&error, "bad_file", &["config.json does not say how"]);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let keep = |_: &mut Value| ();
    let error = spoiled("gptq", keep, ("a.qzeros", "a.qzeroX")).expect_err("a part is missing");
    assert_error(
        &error,
        "missing_tensor",
        &["\"a.qzeros\"", "packed weight \"a\""],
    );
    for name in ["gptq", "awq"] {
        let half = |config: &mut Value| config["quantization_config"]["group_size"] = json!(16);
        let error = spoiled(name, half, SAME).expect_err("there are fewer scales");
        assert_error(
            &error,
            "bad_file",
            &["a.scales", "config.json is of another"],
        );
    }
    let error = spoiled("gptq", keep, ("\"I32\"", "\"U16\"")).expect_err("is no word");
    assert_eq!(error.code.as_str(), "bad_file", "{error}");
    let huge = |config: &mut Value| config["quantization"]["group_size"] = json!(16_000_000);
    let error = spoiled("mlx", huge, SAME).expect_err("fewer than a bit each");
    assert_error(&error, "unsupported_model", &["0 bits"]);
}

#[test]
fn a_group_that_is_not_there_is_refused() {
    let mut weights = std::fs::read(folder("gptq").join("model.safetensors")).expect("is there");
    let files = Directory::new(folder("gptq"));
    let groups = Checkpoint::open_file(files, "model.safetensors");
    let groups = pollster::block_on(groups).expect("opens");
    let at = groups.require("a.g_idx").expect("is there").offset as usize;
    weights[at..at + 4].copy_from_slice(&2_u32.to_le_bytes());
    let config = std::fs::read(folder("gptq").join("config.json")).expect("is there");
    let files = Memory::new()
        .with("config.json", config)
        .with("model.safetensors", weights);
    let checkpoint = pollster::block_on(Checkpoint::open(files)).expect("the header is good");
    let mut out = Vec::new();
    let read = pollster::block_on(checkpoint.read_rows_f32("a.weight", 0..1, &mut out));
    let error = read.expect_err("there are two groups");
    assert_error(&error, "bad_file", &["group 2", "has 2"]);
}
