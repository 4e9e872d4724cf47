//! Parity with an independent implementation: tiny checkpoints in Hugging Face layout, logits and
//! records from PyTorch (`tests/golden/make_golden.py`).

mod support;

use std::path::PathBuf;

use pollster::block_on;
use serde::Deserialize;
use unmask_engine::decode::{Canvas, Convention, Forward, Plan, Proposal, Segment};
use unmask_engine::drivers::Estimator;
use unmask_engine::gpu::GpuOptions;
use unmask_engine::kernels::tile::Tiling;
use unmask_engine::session::{DeviceChoice, DtypeChoice, LoadOptions, LoadedModel};
use unmask_engine::weights::{Checkpoint, Directory, Files};

use support::DEVICES;
use unmask_engine::Record;

const FOLDERS: [&str; 6] = ["qwen3", "dream", "llama", "tiles", "causal", "blocks"];

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    ids: Vec<u32>,
    rows: Vec<usize>,
}

struct Golden {
    folder: PathBuf,
    cases: Vec<Case>,
    expected: Checkpoint<Directory>,
}

impl Golden {
    fn open(name: &str) -> Self {
        let folder = support::folder(format!("tests/golden/{name}"));
        let text = std::fs::read_to_string(folder.join("cases.json")).expect("cases.json is there");
        let Cases { cases } = serde_json::from_str(&text).expect("cases.json parses");
        assert!(cases.len() >= 4, "{name} has several cases");
        let expected = Checkpoint::open_file(Directory::new(&folder), "expected.safetensors");
        Self {
            cases,
            expected: block_on(expected).expect("expected.safetensors opens"),
            folder,
        }
    }

    fn floats(&self, tensor: &str) -> Vec<f32> {
        let rows = self.expected.tensor(tensor).expect("is there").rows();
        let mut values = Vec::new();
        block_on(self.expected.read_rows_f32(tensor, 0..rows, &mut values)).expect("reads");
        values
    }

    fn ids(&self, tensor: &str) -> Vec<u32> {
        let info = self.expected.tensor(tensor).expect("is there");
        let range = info.offset..info.offset + info.bytes;
        let bytes = block_on(self.expected.files().read(&info.file, range)).expect("reads");
        bytemuck::pod_collect_to_vec(&bytes)
    }

    /// Records of the case: position-major, fields as f32.
    fn records(&self, case: &Case) -> Vec<Vec<f32>> {
        // Read raw: a record may hold minus infinity, which no weight may.
        let words = self.ids(&format!("{}.records", case.name));
        let flat: &[f32] = bytemuck::cast_slice(&words);
        flat.chunks_exact(10).map(<[f32]>::to_vec).collect()
    }

    /// The model on `device`; `None` for a GPU that the machine lacks (a failure in CI).
    fn load(
        &self,
        device: DeviceChoice,
        dtype: DtypeChoice,
        gpu: GpuOptions,
    ) -> Option<LoadedModel> {
        let options = LoadOptions {
            device,
            dtype,
            gpu,
            ..LoadOptions::default()
        };
        support::open(&self.folder, &options)
    }
}

fn argmax(row: &[f32]) -> u32 {
    let mut best = 0;
    for (id, l) in row.iter().enumerate() {
        if *l > row[best] {
            best = id;
        }
    }
    best as u32
}

/// Largest difference of the listed rows' logits over all cases.
fn largest_difference(golden: &Golden, model: &mut LoadedModel) -> f32 {
    let vocabulary = model.info().vocab_size;
    let mut largest = 0_f32;
    for case in &golden.cases {
        let logits = block_on(model.logits(&case.ids)).expect("runs");
        let expected = golden.floats(&format!("{}.logits", case.name));
        for (row, expected) in case.rows.iter().zip(expected.chunks_exact(vocabulary)) {
            let found = &logits[row * vocabulary..][..vocabulary];
            let differences = found.iter().zip(expected).map(|(f, e)| (f - e).abs());
            assert!(found.iter().all(|l| l.is_finite()));
            largest = differences.fold(largest, f32::max);
        }
    }
    largest
}

/// Rows whose top-1 id agrees, and all rows, over all cases.
fn top1_agreement(golden: &Golden, model: &mut LoadedModel) -> (usize, usize) {
    let vocabulary = model.info().vocab_size;
    let (mut same, mut all) = (0, 0);
    for case in &golden.cases {
        let logits = block_on(model.logits(&case.ids)).expect("runs");
        let expected = golden.ids(&format!("{}.top1", case.name));
        let found = logits.chunks_exact(vocabulary).map(argmax);
        same += found.zip(&expected).filter(|(f, e)| f == *e).count();
        all += expected.len();
    }
    (same, all)
}

#[test]
fn f32_logits_are_within_a_thousandth() {
    for name in FOLDERS {
        let golden = Golden::open(name);
        for device in DEVICES {
            let Some(mut model) = golden.load(device, DtypeChoice::F32, GpuOptions::default())
            else {
                continue;
            };
            let difference = largest_difference(&golden, &mut model);
            eprintln!(
                "{name} f32 on {device:?} {:?}: max |Δ| {difference:e}",
                model.info().device.tier
            );
            assert!(
                difference <= 1e-3,
                "{name} on {device:?}: max |Δ| is {difference}"
            );
        }
    }
}

#[test]
fn f16_and_q8_0_agree_on_the_best_token() {
    for dtype in [DtypeChoice::F16, DtypeChoice::Q8_0] {
        for device in DEVICES {
            let (mut same, mut all) = (0, 0);
            for name in FOLDERS {
                let golden = Golden::open(name);
                let Some(mut model) = golden.load(device, dtype, GpuOptions::default()) else {
                    continue;
                };
                let (s, a) = top1_agreement(&golden, &mut model);
                assert!(
                    s * 100 >= a * 98,
                    "{name} {dtype:?} on {device:?}: {s} of {a}"
                );
                same += s;
                all += a;
            }
            eprintln!("{dtype:?} on {device:?}: top-1 agrees on {same} of {all} rows");
            assert!(
                same * 100 >= all * 99,
                "{dtype:?} on {device:?}: top-1 agrees on {same} of {all} rows"
            );
        }
    }
}

#[test]
fn records_are_those_of_the_logits() {
    for name in FOLDERS {
        let golden = Golden::open(name);
        for device in DEVICES {
            let Some(mut model) = golden.load(device, DtypeChoice::F32, GpuOptions::default())
            else {
                continue;
            };
            let tolerance = 2e-3;
            for case in &golden.cases {
                let records = all_records(&mut model, &case.ids);
                for (r, (record, expected)) in records.iter().zip(golden.records(case)).enumerate()
                {
                    assert_record(
                        &format!("{name} {} row {r} on {device:?}", case.name),
                        record,
                        &expected,
                        tolerance,
                    );
                }
            }
        }
    }
}

fn all_records(model: &mut LoadedModel, ids: &[u32]) -> Vec<Record> {
    let mask_id = model.info().mask_id;
    let canvas = Canvas::new(&[], &[Segment::Pinned(ids.to_vec())], mask_id);
    let plan = Plan {
        records: (0..ids.len() as u32).collect(),
        step: 0,
        ..Plan::default()
    };
    let proposal = Proposal {
        convention: Convention::Llada,
        ..Proposal::default()
    };
    block_on(model.forward(&canvas, &plan, &proposal))
        .expect("runs")
        .records
}

fn assert_record(label: &str, record: &Record, expected: &[f32], tolerance: f32) {
    let [top1, _, samp, l1, l2, lse, ent, l_cur, l_eos, l_samp] = expected else {
        panic!("ten fields")
    };
    // Ids are exact wherever the ranks are not tied within rounding.
    if l1 - l2 > 2.0 * tolerance {
        assert_eq!(
            (record.top1 as f32, record.samp as f32),
            (*top1, *samp),
            "{label}"
        );
    }
    let fields = [
        ("l1", record.l1, *l1),
        ("l2", record.l2, *l2),
        ("lse", record.lse, *lse),
        ("ent", record.ent, *ent),
        ("l_cur", record.l_cur, *l_cur),
        ("l_eos", record.l_eos, *l_eos),
        ("l_samp", record.l_samp, *l_samp),
    ];
    for (name, found, expected) in fields {
        let both_lowest = found < -1e30 && expected < -1e30;
        assert!(
            both_lowest || (found - expected).abs() <= tolerance,
            "{label}: {name} is {found}, expected {expected}"
        );
    }
}

/// The chain rule over PyTorch's own logits: each token by the row before it.
#[test]
fn a_causal_models_likelihood_is_exact() {
    const CURRENT: usize = 7;
    const LSE: usize = 5;
    let golden = Golden::open("causal");
    let mut scored = 0;
    for device in DEVICES {
        let Some(mut model) = golden.load(device, DtypeChoice::F32, GpuOptions::default()) else {
            continue;
        };
        for case in golden.cases.iter().filter(|case| case.ids.len() > 1) {
            let records = golden.records(case);
            for context in [1, case.ids.len() / 2, case.ids.len() - 1] {
                let terms = records[context..].iter().map(|r| r[CURRENT] - r[LSE]);
                let expected: f64 = terms.map(f64::from).sum();
                let (context, text) = case.ids.split_at(context);
                let mut scorer = (model.score_ids(context, text, None, 7, 0)).expect("scores");
                let score = block_on(scorer.next(&mut model)).expect("runs").unwrap();
                assert_eq!((score.samples, score.standard_error), (1, Some(0.0)));
                assert_eq!(score.tokens as usize, text.len());
                assert!(
                    (score.log_likelihood - expected).abs() < 2e-3 * text.len() as f64,
                    "{} behind {} on {device:?}: {score:?}, expected {expected}",
                    case.name,
                    context.len()
                );
                assert_eq!(block_on(scorer.next(&mut model)).expect("runs"), None);
                scored += 1;
            }
        }
    }
    assert!(scored >= 24, "four cases on two devices at least: {scored}");
}

#[test]
fn each_kind_of_model_has_its_estimators() {
    let load = |name| {
        Golden::open(name).load(
            DeviceChoice::Reference,
            DtypeChoice::F32,
            GpuOptions::default(),
        )
    };
    let causal = load("causal").expect("the reference is always there");
    let masked = load("qwen3").expect("the reference is always there");
    let asked = |model: &LoadedModel, estimator| {
        let scorer = model.score_ids(&[20], &[21, 22], estimator, 9, 0);
        scorer.map(|_| ()).map_err(|error| error.message)
    };
    let (exact, monte_carlo) = (Some(Estimator::Exact), Some(Estimator::MonteCarlo));
    assert_eq!(asked(&causal, None), Ok(()));
    assert_eq!(asked(&causal, exact), Ok(()));
    assert_eq!(asked(&masked, None), Ok(()));
    assert_eq!(asked(&masked, monte_carlo), Ok(()));
    let refused = asked(&causal, monte_carlo).unwrap_err();
    assert!(refused.contains("causal"), "{refused}");
    let refused = asked(&masked, exact).unwrap_err();
    assert!(refused.contains("fills masks"), "{refused}");
    // The id that stands for open positions of a causal model is none of its tokens.
    let behind = causal.info().mask_id;
    assert!(causal.score_ids(&[behind], &[21], None, 1, 0).is_err());
    assert!(causal.score_ids(&[20], &[behind], None, 1, 0).is_err());
    assert!(causal.score_ids(&[], &[20], None, 1, 0).is_err());
}

/// Tensors over the binding limit are sharded by rows; nothing else changes.
#[test]
fn sharded_tensors_give_the_same_logits() {
    let golden = Golden::open("tiles");
    let load = |binding_limit| {
        // Without a choice tiles are measured, and two loads may find different ones to be faster.
        let gpu = GpuOptions {
            tiling: Some(Tiling::Staged),
            binding_limit,
            ..GpuOptions::default()
        };
        golden.load(DeviceChoice::Gpu, DtypeChoice::Q8_0, gpu)
    };
    let (whole, sharded) = (load(None), load(Some(4096)));
    let (Some(mut whole), Some(mut sharded)) = (whole, sharded) else {
        return;
    };
    for case in &golden.cases {
        let expected = block_on(whole.logits(&case.ids)).expect("runs");
        assert_eq!(
            block_on(sharded.logits(&case.ids)).expect("runs"),
            expected,
            "{}",
            case.name
        );
        let records = all_records(&mut whole, &case.ids);
        let found = all_records(&mut sharded, &case.ids);
        assert!(
            records
                .iter()
                .zip(&found)
                .all(|(a, b)| (a.top1, a.top2) == (b.top1, b.top2))
        );
        assert!(
            records
                .iter()
                .zip(&found)
                .all(|(a, b)| (a.lse - b.lse).abs() < 1e-5)
        );
    }
}
