//! Every supported family: a tiny checkpoint in its published layout is recognised, its conventions
//! are found, and its logits are those of an independent implementation
//! (`tests/golden/families/make_families.py`).

use std::collections::BTreeSet;
mod support;

use std::path::{Path, PathBuf};

use pollster::block_on;
use serde::Deserialize;
use unmask_engine::decode::{Canvas, Forward, Plan, Proposal, Segment};
use unmask_engine::model::{
    Config, Parameter, detect, refused_families, supported_families, supported_types,
};
use unmask_engine::recipe::{Recipe, Rule};
use unmask_engine::session::{
    Conventions, DeviceChoice, DtypeChoice, LoadOptions, LoadedModel, convert, inspect, load,
};
use unmask_engine::weights::{Checkpoint, Directory, Format, Memory};
use unmask_engine::{CanvasSegment, GenerateRequest, Record};

use support::DEVICES;

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
    support::folder("tests/golden/families")
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
    support::open(folder, &options)
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
        for device in DEVICES {
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

/// The fused head and the wide one say of each row what its logits say.
#[test]
fn records_are_those_of_the_logits() {
    for folder in folders() {
        let file = Checkpoint::open_file(Directory::new(&folder), "expected.safetensors");
        let file = block_on(file).expect("opens");
        let cases = cases(&folder).cases;
        let case = cases.last().expect("there are cases");
        let expected = expected(&file, case);
        for device in [DeviceChoice::Cpu, DeviceChoice::Gpu] {
            let Some(mut model) = open(&folder, device, DtypeChoice::F32) else {
                continue;
            };
            let vocabulary = model.info().vocab_size;
            let mask = model.info().mask_id as usize;
            for top_k in [None, Some(u32::MAX)] {
                let records = records(&mut model, &case.ids, top_k);
                for (record, row) in records.iter().zip(expected.chunks_exact(vocabulary)) {
                    let open = row.iter().enumerate().filter(|(id, _)| *id != mask);
                    let largest = open.clone().map(|(_, l)| *l).fold(f32::MIN, f32::max);
                    let sum: f32 = open.map(|(_, l)| (l - largest).exp()).sum();
                    let label = format!("{folder:?} on {device:?}, top-k {top_k:?}");
                    assert!((record.l1 - largest).abs() <= 1e-3, "{label}");
                    assert!((record.lse - largest - sum.ln()).abs() <= 1e-3, "{label}");
                    assert!(
                        (row[record.top1 as usize] - largest).abs() <= 1e-3,
                        "{label}"
                    );
                }
            }
        }
    }
}

/// The record of every position, by the wide head where there is a top-k.
fn records(model: &mut LoadedModel, ids: &[u32], top_k: Option<u32>) -> Vec<Record> {
    let mask_id = model.info().mask_id;
    let canvas = Canvas::new(&[], &[Segment::Pinned(ids.to_vec())], mask_id);
    let plan = Plan {
        records: (0..ids.len() as u32).collect(),
        ..Plan::default()
    };
    let proposal = Proposal {
        top_k,
        ..Proposal::default()
    };
    let readout = block_on(model.forward(&canvas, &plan, &proposal)).expect("runs");
    readout.records
}

/// One GGUF file is the folder that it was converted from, to the bit.
#[test]
fn every_family_converts() {
    for folder in folders() {
        let mut bytes = Vec::new();
        let mut sink = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok(())
        };
        let recipe = Recipe::from(Rule::Uniform(Format::F16));
        let files = Directory::new(&folder);
        block_on(convert(files, &recipe, &mut sink, &mut |_| ())).expect("converts");
        let options = LoadOptions {
            device: DeviceChoice::Cpu,
            dtype: DtypeChoice::F16,
            ..LoadOptions::default()
        };
        let file = Memory::new().with("model.gguf", bytes);
        let mut file = block_on(load(file, &options, &mut |_| ())).expect("loads");
        let mut source = open(&folder, DeviceChoice::Cpu, DtypeChoice::F16).expect("is there");
        let cases = cases(&folder).cases;
        let ids = &cases.last().expect("there are cases").ids;
        let [found, expected] =
            [&mut file, &mut source].map(|model| block_on(model.logits(ids)).expect("runs"));
        assert_eq!(found, expected, "{folder:?}");
    }
}

/// A caller may say what neither folder nor family tells.
#[test]
fn a_caller_may_set_the_conventions() {
    let load = |conventions| {
        let options = LoadOptions {
            device: DeviceChoice::Cpu,
            dtype: DtypeChoice::F32,
            conventions,
            ..LoadOptions::default()
        };
        let folder = Directory::new(root().join("a2d_qwen3"));
        block_on(load(folder, &options, &mut |_| ())).expect("loads")
    };
    let mut full = load(Conventions::default());
    let mut blocked = load(Conventions {
        block_size: Some(2),
        ..Conventions::default()
    });
    let shifted = load(Conventions {
        shift_logits: Some(true),
        mask_token_id: Some(7),
        ..Conventions::default()
    });
    assert!(!full.info().shift && shifted.info().shift);
    assert_eq!((full.info().mask_id, shifted.info().mask_id), (89, 7));
    let first_row = |model: &mut LoadedModel, last: u32| {
        let logits = block_on(model.logits(&[5, 89, 6, last])).expect("runs");
        logits[..model.info().vocab_size].to_vec()
    };
    assert_ne!(first_row(&mut full, 8), first_row(&mut full, 9));
    assert_eq!(first_row(&mut blocked, 8), first_row(&mut blocked, 9));
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

/// Whatever stands in a field, the answer is a network or an error, and neither takes long.
#[test]
fn configurations_of_strangers_are_survived() {
    let values = serde_json::json!([
        null, true, "x", -1, 0, 1, 3, 7, 1024, 1025, 16_777_216, 16_777_217, 1e300, [], ["x"], {},
        [16_777_216], {"rope_theta": 0, "rope_type": "x"}, {"factor": 1e-300, "rope_type": "yarn"}
    ]);
    let values = values.as_array().expect("a list");
    let (mut accepted, mut refused) = (0, 0);
    for folder in folders() {
        let text = std::fs::read_to_string(folder.join("config.json")).expect("is there");
        let config: serde_json::Value = serde_json::from_str(&text).expect("parses");
        let checkpoint = block_on(Checkpoint::open(Directory::new(&folder))).expect("opens");
        let holds = |name: &str| checkpoint.tensor(name).is_some();
        let fields = config.as_object().expect("an object").keys();
        for (field, value) in fields.flat_map(|field| values.iter().map(move |v| (field, v))) {
            let mut changed = config.clone();
            changed[field] = value.clone();
            let changed = Config::new(changed).expect("an object");
            for has_mask in [true, false] {
                match detect(&changed, &holds, has_mask) {
                    Err(error) => {
                        assert!(!error.message.is_empty());
                        refused += 1;
                    }
                    Ok(model) => {
                        // None of these is loaded: tensors are looked for first.
                        let parameters = model.parameters();
                        assert!(parameters.len() < 20_000, "{field}: {value}");
                        let fits = |p: &Parameter| p.check(&checkpoint).is_ok();
                        accepted += usize::from(parameters.iter().all(fits));
                        let turns = model.spec().positions.turns(3, model.spec().head_dim);
                        assert!(turns.iter().all(|t| t.is_finite()), "{field}: {value}");
                    }
                }
            }
        }
    }
    assert!(accepted > 100 && refused > 1000, "{accepted}, {refused}");
}

/// `docs/models.md` has a row in both of its tables for what is supported, and names what is not.
#[test]
fn the_guide_names_every_family() {
    let guide = root().join("../../../docs/models.md");
    let guide = std::fs::read_to_string(guide).expect("docs/models.md is there");
    let rows = |family: &str| {
        let start = format!("| {family} |");
        guide
            .lines()
            .filter(|line| line.starts_with(&start))
            .count()
    };
    for family in supported_families() {
        assert_eq!(rows(family), 2, "docs/models.md: {family}");
    }
    let (_, refused) = guide.split_once("## Refused").expect("has the section");
    for family in refused_families() {
        assert!(refused.contains(family), "docs/models.md: {family}");
    }
    for model_type in supported_types() {
        let quoted = format!("`{model_type}`");
        assert!(guide.contains(&quoted), "docs/models.md: {model_type}");
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
