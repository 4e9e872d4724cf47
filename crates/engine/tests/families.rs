//! Every supported family: a tiny checkpoint in its published layout is recognised, its conventions
//! are found, and its logits are those of an independent implementation
//! (`tests/golden/families/make_families.py`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pollster::block_on;
use serde::Deserialize;
use unmask_engine::model::supported_families;
use unmask_engine::session::{DeviceChoice, DtypeChoice, LoadOptions, LoadedModel, inspect, load};
use unmask_engine::weights::{Checkpoint, Directory};
use unmask_engine::{CanvasSegment, ErrorCode, GenerateRequest};

#[derive(Deserialize)]
struct Cases {
    facts: serde_json::Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    ids: Vec<u32>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/families")
}

/// Every checkpoint of the folder, by name.
fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut folders: Vec<PathBuf> = paths.filter(|p| p.join("cases.json").exists()).collect();
    folders.sort();
    assert!(folders.len() >= 16, "found only {folders:?}");
    folders
}

fn cases(folder: &Path) -> Cases {
    let text = std::fs::read_to_string(folder.join("cases.json")).expect("is there");
    serde_json::from_str(&text).expect("parses")
}

/// The model on `device`; `None` for a GPU that the machine lacks (a failure in CI).
fn open(folder: &Path, device: DeviceChoice, dtype: DtypeChoice) -> Option<LoadedModel> {
    let options = LoadOptions {
        device,
        dtype,
        ..LoadOptions::default()
    };
    match block_on(load(Directory::new(folder), &options, &mut |_| ())) {
        Ok(model) => Some(model),
        Err(error) => {
            assert_eq!(error.code, ErrorCode::NoWebgpu, "{folder:?}: {error}");
            let is_required = std::env::var_os("REQUIRE_GPU").is_some();
            assert!(!is_required, "REQUIRE_GPU is set: {error}");
            None
        }
    }
}

fn expected(checkpoint: &Checkpoint<Directory>, case: &Case) -> Vec<f32> {
    let name = format!("{}.logits", case.name);
    let rows = checkpoint.tensor(&name).expect("is there").rows();
    let mut values = Vec::new();
    block_on(checkpoint.read_rows_f32(&name, 0..rows, &mut values)).expect("reads");
    values
}

#[test]
fn logits_are_those_of_an_independent_implementation() {
    for folder in folders() {
        let file = Checkpoint::open_file(Directory::new(&folder), "expected.safetensors");
        let file = block_on(file).expect("opens");
        for device in [
            DeviceChoice::Reference,
            DeviceChoice::Cpu,
            DeviceChoice::Gpu,
        ] {
            let Some(mut model) = open(&folder, device, DtypeChoice::F32) else {
                continue;
            };
            let mut largest = 0_f32;
            for case in cases(&folder).cases {
                let found = block_on(model.logits(&case.ids)).expect("runs");
                let expected = expected(&file, &case);
                assert_eq!(found.len(), expected.len(), "{folder:?} {}", case.name);
                assert!(found.iter().all(|logit| logit.is_finite()));
                let differences = found.iter().zip(&expected).map(|(f, e)| (f - e).abs());
                largest = differences.fold(largest, f32::max);
            }
            let name = folder.file_name().unwrap_or_default();
            eprintln!("{name:?} on {device:?}: max |Δ| {largest:e}");
            assert!(largest <= 1e-3, "{name:?} on {device:?}: {largest}");
        }
    }
}

#[test]
fn conventions_are_found_in_the_folder() {
    for folder in folders() {
        let inspection = block_on(inspect(Directory::new(&folder))).expect("has weights");
        assert_eq!(inspection.problems, [""; 0], "{folder:?}");
        let spec = serde_json::to_value(inspection.spec.expect("is supported")).expect("is JSON");
        let Cases { facts, .. } = cases(&folder);
        for fact in ["family", "attention", "shift", "statSpace"] {
            assert_eq!(spec[fact], facts[fact], "{folder:?}: {fact}");
        }
        let mask = inspection.mask_id.map(serde_json::Value::from);
        assert_eq!(mask.unwrap_or_default(), facts["maskId"], "{folder:?}");
    }
}

#[test]
fn every_supported_family_has_a_checkpoint() {
    let facts = folders().into_iter().map(|folder| cases(&folder).facts);
    let tested: BTreeSet<String> = facts
        .map(|facts| facts["family"].as_str().expect("named").to_owned())
        .collect();
    // These are in `tests/golden`, with more cases.
    let elsewhere = [
        "Qwen3",
        "Qwen3 with a mask token",
        "Llama with a mask token",
    ];
    for family in supported_families() {
        let is_tested = tested.contains(family) || elsewhere.contains(&family);
        assert!(
            is_tested,
            "no checkpoint of {family} in tests/golden/families"
        );
    }
}

/// Every family fills a canvas, its holes too where it can see behind them, with whatever the
/// records of its head say.
#[test]
fn every_family_generates() {
    for folder in folders() {
        let mut model =
            open(&folder, DeviceChoice::Cpu, DtypeChoice::Q8_0).expect("the CPU is there");
        let request = GenerateRequest {
            canvas: Some(vec![
                CanvasSegment::Ids(vec![3, 14, 15]),
                CanvasSegment::Mask(9),
                CanvasSegment::Ids(vec![9, 26]),
            ]),
            exit: Some("full".parse().expect("a choice")),
            ..GenerateRequest::default()
        };
        let mut run = model.start(&request).expect("starts");
        let mask = model.info().mask_id;
        let mut committed = 0;
        while let Some(frame) = block_on(run.next(&mut model)).expect("steps") {
            assert!(frame.committed.iter().all(|commit| commit.id != mask));
            committed += frame.committed.len();
        }
        assert_eq!(committed, 9, "{folder:?}");
    }
}

#[test]
fn a_dreamon_checkpoint_may_grow_its_canvas() {
    let request = GenerateRequest {
        length: Some(4),
        structure: Some("dreamon".parse().expect("a choice")),
        ..GenerateRequest::default()
    };
    let start = |name: &str| {
        let folder = root().join(name);
        let mut model =
            open(&folder, DeviceChoice::Cpu, DtypeChoice::F32).expect("the CPU is there");
        model.start(&request).map(|_| ())
    };
    assert!(start("dreamon").is_ok());
    assert!(start("dream").is_err());
}
