//! The embedded model generates: the same text on every executor, in a steady state, reproducibly.

mod support;

use std::path::PathBuf;

use pollster::block_on;
use unmask_engine::gpu::GpuOptions;
use unmask_engine::session::{
    DeviceChoice, DtypeChoice, GenerationResult, LoadOptions, LoadedModel, StepFrame,
};
use unmask_engine::{CanvasSegment, Choice, ErrorCode, GenerateRequest};

use support::DEVICES;

fn tiny(device: DeviceChoice, dtype: DtypeChoice, gpu: GpuOptions) -> Option<LoadedModel> {
    let options = LoadOptions {
        device,
        dtype,
        gpu,
        ..LoadOptions::default()
    };
    support::open("models/tiny", &options)
}

fn story(length: u32) -> GenerateRequest {
    GenerateRequest {
        prompt: Some("Once upon a time".to_owned()),
        length: Some(length),
        block: Some(16),
        ..GenerateRequest::default()
    }
}

fn generate(
    model: &mut LoadedModel,
    request: &GenerateRequest,
) -> (Vec<StepFrame>, GenerationResult) {
    let mut run = model.start(request).expect("starts");
    let mut frames = Vec::new();
    while let Some(frame) = block_on(run.next(model)).expect("steps") {
        frames.push(frame);
    }
    let result = run.result(model);
    (frames, result)
}

/// The request of `tests/golden/generation`, which the browser tests make too.
fn golden_request() -> GenerateRequest {
    let text = std::fs::read_to_string(golden_folder().join("request.json")).expect("is there");
    serde_json::from_str(&text).expect("parses")
}

fn golden_folder() -> PathBuf {
    support::folder("tests/golden/generation")
}

#[test]
fn the_same_text_on_every_executor() {
    let path = golden_folder().join("expected.json");
    for device in DEVICES {
        let Some(mut model) = tiny(device, DtypeChoice::F32, GpuOptions::default()) else {
            continue;
        };
        let (_, result) = generate(&mut model, &golden_request());
        eprintln!(
            "{}: {:?} in {} forwards, {:.2} s",
            result.device, result.text, result.forwards, result.seconds
        );
        let found = serde_json::json!({ "ids": result.ids, "text": result.text });
        if device == DeviceChoice::Reference && std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, format!("{found}\n")).expect("is writable");
        }
        let expected = std::fs::read_to_string(&path).expect("is there");
        let expected: serde_json::Value = serde_json::from_str(&expected).expect("parses");
        assert_eq!(found, expected, "{device:?}");
    }
}

/// A canvas of `length` positions that holds what `frames` tell.
fn replay(frames: &[StepFrame], length: usize, mask: u32) -> (Vec<u32>, Vec<String>) {
    let mut ids = vec![mask; length];
    let mut pieces = vec![String::new(); length];
    for frame in frames {
        for commit in &frame.committed {
            ids[commit.position as usize] = commit.id;
            assert!((0.0..=1.0).contains(&commit.confidence));
        }
        for splice in &frame.spliced {
            let gone = splice.at as usize..(splice.at + splice.removed) as usize;
            ids.splice(gone.clone(), splice.inserted.iter().copied());
            pieces.splice(gone, splice.inserted.iter().map(|_| String::new()));
        }
        for fill in &frame.filled {
            ids[fill.position as usize] = fill.id;
        }
        for text in &frame.texts {
            pieces[text.position as usize].clone_from(&text.text);
        }
        let open = ids.iter().filter(|id| **id == mask).count();
        assert_eq!(open, frame.masks_left as usize);
    }
    (ids, pieces)
}

#[test]
fn frames_add_up_to_the_result() {
    let mut model = tiny(DeviceChoice::Cpu, DtypeChoice::Auto, GpuOptions::default())
        .expect("the CPU is always there");
    let mask = model.info().mask_id;
    for (structure, must_change) in [
        ("blocks", false),
        ("adablock", false),
        ("pipelined", false),
        // Without a threshold for the end it grows as far as it may.
        ("daedal:length_threshold=1,max_length=24,window=8", true),
        ("rho_eos:max_length=24", true),
        ("end_of_text:floor=0.1", false),
    ] {
        let request = GenerateRequest {
            structure: Some(structure.parse().expect("is a choice")),
            ..story(16)
        };
        let (frames, result) = generate(&mut model, &request);
        let shown = replay(&frames, 16, mask);
        assert_eq!(
            shown,
            (result.ids.clone(), result.pieces.clone()),
            "{structure}"
        );
        assert_eq!(frames.last().map(|frame| frame.masks_left), Some(0));
        let committed: usize = frames.iter().map(|frame| frame.committed.len()).sum();
        assert_eq!(committed, result.committed as usize);
        let spliced = frames.iter().any(|frame| !frame.spliced.is_empty());
        assert!(spliced || !must_change, "{structure}: {}", result.text);
    }
}

#[test]
fn a_method_for_other_checkpoints_is_refused_and_the_model_stays_usable() {
    let mut model = tiny(DeviceChoice::Cpu, DtypeChoice::Auto, GpuOptions::default())
        .expect("the CPU is always there");
    let request = GenerateRequest {
        structure: Some(Choice::new("dreamon")),
        ..story(8)
    };
    let error = model.start(&request).err().expect("is refused");
    assert_eq!(error.code, ErrorCode::BadInput);
    assert!(error.message.contains("dreamon"), "{error}");
    generate(&mut model, &story(8));
}

#[test]
fn a_template_keeps_its_text_and_fills_its_holes() {
    let mut model = tiny(DeviceChoice::Cpu, DtypeChoice::Auto, GpuOptions::default())
        .expect("the CPU is always there");
    let request = GenerateRequest {
        canvas: Some(vec![
            CanvasSegment::Text("The little fox".to_owned()),
            CanvasSegment::Mask(6),
            CanvasSegment::Text(" and went home.".to_owned()),
        ]),
        select: Some(Choice::new("even")),
        ..GenerateRequest::default()
    };
    let (frames, result) = generate(&mut model, &request);
    assert!(
        result.text.starts_with("The little fox") && result.text.ends_with(" and went home."),
        "{:?}",
        result.text
    );
    assert_eq!(frames.len(), 6, "one token a step");
}

#[test]
fn a_seed_reproduces_and_another_differs() {
    let mut model = tiny(DeviceChoice::Cpu, DtypeChoice::Auto, GpuOptions::default())
        .expect("the CPU is always there");
    let mut sample = |seed| {
        let request = GenerateRequest {
            temperature: 1.0,
            seed,
            ..story(24)
        };
        generate(&mut model, &request).1.ids
    };
    let first = sample(1);
    assert_eq!(first, sample(1));
    assert_ne!(first, sample(2));
}

#[test]
fn a_refused_request_leaves_the_model_usable() {
    let mut model = tiny(DeviceChoice::Cpu, DtypeChoice::Auto, GpuOptions::default())
        .expect("the CPU is always there");
    let expected = generate(&mut model, &story(8)).1.text;
    let too_long = GenerateRequest {
        length: Some(100_000),
        ..story(8)
    };
    let both = GenerateRequest {
        chat: Some(Vec::new()),
        ..story(8)
    };
    let empty = GenerateRequest {
        length: Some(0),
        ..story(8)
    };
    let outside = GenerateRequest {
        canvas: Some(vec![CanvasSegment::Ids(vec![1 << 20])]),
        length: None,
        ..story(8)
    };
    for (request, code) in [
        (too_long, ErrorCode::ContextOverflow),
        (both, ErrorCode::BadInput),
        (empty, ErrorCode::BadInput),
        (outside, ErrorCode::BadInput),
    ] {
        assert_eq!(
            model.start(&request).err().map(|error| error.code),
            Some(code)
        );
    }
    assert_eq!(generate(&mut model, &story(8)).1.text, expected);
}

/// One submission a step; nothing is created once the shapes are known; 8 dispatches a layer.
#[test]
fn the_steady_state_creates_nothing() {
    let Some(mut model) = tiny(DeviceChoice::Gpu, DtypeChoice::Auto, GpuOptions::default()) else {
        return;
    };
    let request = GenerateRequest {
        select: Some(Choice::new("even")),
        ..story(16)
    };
    let mut run = model.start(&request).expect("starts");
    block_on(run.next(&mut model)).expect("steps");
    let counters = |model: &LoadedModel| model.executor().gpu().expect("a GPU").counters();
    let before = counters(&model);
    for _ in 0..3 {
        block_on(run.next(&mut model)).expect("steps");
    }
    let after = counters(&model);
    assert_eq!(
        (after.buffers, after.bind_groups),
        (before.buffers, before.bind_groups)
    );
    assert_eq!(after.submissions - before.submissions, 3);
    let per_step = (after.dispatches - before.dispatches) / 3;
    assert_eq!(
        per_step as usize,
        1 + 8 * model.info().layers + 3,
        "embed, layers, norm, head, merge"
    );
}

#[test]
fn frames_tell_every_record_when_they_are_asked_to() {
    let mut model = tiny(DeviceChoice::Cpu, DtypeChoice::F32, GpuOptions::default()).expect("CPU");
    let (plain, expected) = generate(&mut model, &story(24));
    let asked = GenerateRequest {
        records: true,
        ..story(24)
    };
    let (frames, result) = generate(&mut model, &asked);
    assert_eq!(result.ids, expected.ids);
    let most = (model.info().vocab_size as f32).ln();
    let mut open: Vec<u32> = (0..24).collect();
    for (frame, plain) in frames.iter().zip(&plain) {
        assert!(plain.records.is_empty());
        let block = open.iter().copied().filter(|at| at / 16 == frame.block);
        let told: Vec<u32> = frame.records.iter().map(|record| record.position).collect();
        assert_eq!(told, block.collect::<Vec<_>>(), "step {}", frame.step);
        for record in &frame.records {
            assert!((0.0..=1.0).contains(&record.confidence), "{record:?}");
            assert!((0.0..=most).contains(&record.entropy), "{record:?}");
        }
        for commit in &frame.committed {
            let mut records = frame.records.iter();
            let record = records.find(|record| record.position == commit.position);
            let record = record.expect("a commit has a record");
            assert_eq!((record.id, &record.text), (commit.id, &commit.text));
            assert!((record.confidence - commit.confidence).abs() < 1e-6);
        }
        let closed = frame.committed.iter().chain(&frame.filled);
        let closed: Vec<u32> = closed.map(|commit| commit.position).collect();
        open.retain(|at| !closed.contains(at));
    }
    let told: usize = frames.iter().map(|frame| frame.records.len()).sum();
    assert!(told > 24, "{told}");
}
