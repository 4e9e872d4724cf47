//! Soft prefixes: rows with embeddings of their own are to the network what tokens with these
//! embeddings are.

mod support;

use std::path::PathBuf;

use pollster::block_on;
use unmask_engine::session::{DeviceChoice, GenerationResult, LoadedModel, StepFrame};
use unmask_engine::weights::{Checkpoint, Directory};
use unmask_engine::{CanvasSegment, ErrorCode, GenerateRequest};

use support::{DEVICES, floats_on};

/// Families that differ in what lies between embedding and first layer, and in who sees whom, with
/// the tensor of their embedding.
const FAMILIES: [(&str, &str); 6] = [
    ("a2d_qwen3", "model.embed_tokens.weight"),
    ("sdar", "model.embed_tokens.weight"),
    ("qwen2", "model.embed_tokens.weight"),
    ("diffugpt", "embed_tokens.weight"),
    ("modernbert", "model.embeddings.tok_embeddings.weight"),
    ("sedd", "vocab_embed.embedding"),
];

fn folder(name: &str) -> PathBuf {
    support::folder(format!("tests/golden/families/{name}"))
}

/// The model; `None` for a GPU that the machine lacks (a failure in CI).
fn open(name: &str, device: DeviceChoice) -> Option<LoadedModel> {
    support::open(folder(name), &floats_on(device))
}

/// The rows of `ids` in the embedding.
fn embeddings(name: &str, tensor: &str, ids: &[u32]) -> Vec<f32> {
    let checkpoint = block_on(Checkpoint::open(Directory::new(folder(name)))).expect("opens");
    let row = |&id: &u32| {
        let (at, mut row) = (id as usize, Vec::new());
        block_on(checkpoint.read_rows_f32(tensor, at..at + 1, &mut row)).expect("reads");
        row
    };
    ids.iter().flat_map(row).collect()
}

/// Every frame without its clock, and the result.
fn outcome(model: &mut LoadedModel, request: &GenerateRequest) -> (Vec<StepFrame>, Vec<u32>) {
    let mut run = model.start(request).expect("starts");
    let mut frames = Vec::new();
    while let Some(frame) = block_on(run.next(model)).expect("steps") {
        frames.push(StepFrame {
            seconds: 0.0,
            ..frame
        });
    }
    let GenerationResult { ids, .. } = run.result(model);
    (frames, ids)
}

fn request(open: u32) -> GenerateRequest {
    GenerateRequest {
        canvas: Some(vec![CanvasSegment::Mask(open)]),
        exit: Some("full".parse().expect("a choice")),
        ..GenerateRequest::default()
    }
}

/// Some of the tokens as rows of a prefix, the others as text: all that is told of every step, the
/// confidences among it, is the same to the bit.
#[test]
fn a_prefix_is_what_its_tokens_are() {
    for (name, tensor) in FAMILIES {
        for device in DEVICES {
            let Some(mut model) = open(name, device) else {
                continue;
            };
            let tokens = GenerateRequest {
                prompt: Some("softprefix".to_owned()),
                ..request(7)
            };
            let ids = model.text().encode("softprefix").expect("encodes");
            let expected = outcome(&mut model, &tokens);
            assert_eq!(expected.1.len(), 7);
            for rows in [4, ids.len()] {
                let text = model.text().decode(&ids[rows..]);
                let soft = GenerateRequest {
                    prefix: embeddings(name, tensor, &ids[..rows]),
                    prompt: Some(text),
                    ..request(7)
                };
                let found = outcome(&mut model, &soft);
                assert_eq!(found, expected, "{name} on {device:?}, {rows} rows");
            }
        }
    }
}

/// Runs in turn with prefixes of their own, the longer of which needs another buffer, write what
/// each writes alone; and a run without one is not disturbed.
#[test]
fn runs_keep_their_prefixes_apart() {
    let (name, tensor) = FAMILIES[1];
    let mut model = open(name, DeviceChoice::Cpu).expect("the CPU is there");
    let ids: Vec<u32> = (0..70).map(|i| i * 7 % 88).collect();
    let of = |rows: usize| GenerateRequest {
        prefix: embeddings(name, tensor, &ids[..rows]),
        ..request(12)
    };
    let requests = [of(3), of(70), request(12), of(5)];
    let alone: Vec<Vec<u32>> = (requests.iter())
        .map(|request| {
            let mut model = open(name, DeviceChoice::Cpu).expect("the CPU is there");
            outcome(&mut model, request).1
        })
        .collect();
    assert!(alone[0] != alone[1] && alone[0] != alone[2]);
    let start = |request| model.start(request).expect("starts");
    let mut runs: Vec<_> = requests.iter().map(start).collect();
    let mut is_going = true;
    while is_going {
        is_going = false;
        for run in &mut runs {
            is_going |= block_on(run.next(&mut model)).expect("steps").is_some();
        }
    }
    for (run, alone) in runs.iter().zip(&alone) {
        assert_eq!(run.ids(), alone);
    }
}

/// What changes logits by the tokens of the sequence passes over rows that have none.
#[test]
fn rules_of_the_wide_head_pass_over_a_prefix() {
    let (name, tensor) = FAMILIES[0];
    for device in DEVICES {
        let Some(mut model) = open(name, device) else {
            continue;
        };
        let rows = |ids: &[u32]| GenerateRequest {
            prefix: embeddings(name, tensor, ids),
            repetition_penalty: Some(1.3),
            top_k: Some(5),
            ..request(6)
        };
        let (_, ids) = outcome(&mut model, &rows(&[1, 2, 3, 4]));
        assert!(ids.iter().all(|id| *id < 89), "{device:?}: {ids:?}");
    }
}

#[test]
fn a_prefix_that_does_not_fit_is_refused() {
    let mut model = open("sdar", DeviceChoice::Cpu).expect("the CPU is there");
    let with = |prefix: Vec<f32>| GenerateRequest {
        prefix,
        ..request(4)
    };
    let mut refused = |request: &GenerateRequest| {
        let run = model.start(request).map(|_| ());
        run.expect_err("is refused")
    };
    let error = refused(&with(vec![0.0; 33]));
    assert!(
        error.message.contains("33") && error.message.contains("32"),
        "{error}"
    );
    let error = refused(&with([vec![0.0; 31], vec![f32::NAN]].concat()));
    assert!(error.message.contains("number 31"), "{error}");
    let error = refused(&with(vec![0.0; 32 * 254]));
    assert_eq!(error.code, ErrorCode::ContextOverflow);
    let best = GenerateRequest {
        best_of: Some(2),
        temperature: 1.0,
        ..with(vec![0.0; 32])
    };
    let error = model.generate(&best).map(|_| ()).expect_err("is refused");
    assert!(error.message.contains("best_of"), "{error}");
}
