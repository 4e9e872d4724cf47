//! Several steps in one submission: what is written is what one step at a time writes, and what
//! that costs a GPU in submissions and bytes.

mod support;

use pollster::block_on;
use unmask_engine::gpu::Counters;
use unmask_engine::session::{DeviceChoice, LoadOptions, LoadedModel, StepFrame};
use unmask_engine::{CanvasSegment, Choice, GenerateRequest};

fn model(folder: &str, device: DeviceChoice) -> Option<LoadedModel> {
    let options = LoadOptions {
        device,
        ..LoadOptions::default()
    };
    support::open(folder, &options)
}

fn frames(model: &mut LoadedModel, request: &GenerateRequest) -> Vec<StepFrame> {
    let mut run = model.start(request).expect("starts");
    let mut frames = Vec::new();
    while let Some(frame) = block_on(run.next(model)).expect("steps") {
        frames.push(StepFrame {
            seconds: 0.0,
            ..frame
        });
    }
    frames
}

/// Without what rounding may change where a product of few rows is made in another way.
fn rough(mut frames: Vec<StepFrame>) -> Vec<StepFrame> {
    for commit in frames.iter_mut().flat_map(|frame| &mut frame.committed) {
        commit.confidence = (commit.confidence * 1e3).round();
    }
    frames
}

fn story() -> GenerateRequest {
    GenerateRequest {
        prompt: Some("Once upon a time".to_owned()),
        length: Some(24),
        block: Some(16),
        ..GenerateRequest::default()
    }
}

/// Requests of every rule, with and without chance, blocks, an end and given text.
fn requests() -> Vec<GenerateRequest> {
    let with = |choice: &str| GenerateRequest {
        select: Some(choice.parse().expect("parses")),
        ..story()
    };
    let canvas = vec![
        CanvasSegment::Mask(5),
        CanvasSegment::Text(" the end".to_owned()),
        CanvasSegment::Mask(4),
    ];
    vec![
        with("threshold"),
        with("threshold:threshold=0.3"),
        with("even:steps=9"),
        with("factor:factor=1.5"),
        with("entropy_bound:gamma=1.5"),
        with("entropy_bound:gamma=0.7,order=confidence"),
        GenerateRequest {
            temperature: 1.1,
            seed: 5,
            block: None,
            ..with("threshold:threshold=0.2")
        },
        GenerateRequest {
            temperature: 0.8,
            seed: 6,
            exit: Some(Choice::new("full")),
            ..with("even:steps=12")
        },
        GenerateRequest {
            cache: Some(Choice::new("dual")),
            ..with("threshold:threshold=0.3")
        },
        GenerateRequest {
            cache: Some("prefix:refresh=3".parse().expect("parses")),
            ..with("even:steps=12")
        },
        GenerateRequest {
            length: None,
            canvas: Some(canvas),
            ..with("threshold:threshold=0.4")
        },
    ]
}

fn unrolled(request: &GenerateRequest, steps: u32) -> GenerateRequest {
    GenerateRequest {
        unroll: Some(steps),
        ..request.clone()
    }
}

#[test]
fn the_cpu_writes_the_same_to_the_bit() {
    let mut model = model("models/tiny", DeviceChoice::Cpu).expect("a CPU is there");
    for request in requests() {
        let one = frames(&mut model, &request);
        for steps in [2, 8] {
            let several = frames(&mut model, &unrolled(&request, steps));
            assert_eq!(several, one, "{request:?}");
        }
    }
}

#[test]
fn block_causal_models_unroll_within_a_block() {
    let folder = "tests/golden/families/sdar";
    for device in [DeviceChoice::Reference, DeviceChoice::Cpu] {
        let fresh = || model(folder, device).expect("a CPU is there");
        for select in ["threshold:threshold=0.1", "even"] {
            let request = GenerateRequest {
                canvas: Some(vec![
                    CanvasSegment::Ids(vec![5, 9, 11, 4, 6]),
                    CanvasSegment::Mask(14),
                ]),
                select: Some(select.parse().expect("parses")),
                exit: Some(Choice::new("full")),
                ..GenerateRequest::default()
            };
            // Not the second run of a model: its cache has the prompt already.
            let one = frames(&mut fresh(), &request);
            let several = frames(&mut fresh(), &unrolled(&request, 4));
            assert_eq!(several, one, "{select}");
        }
    }
}

#[test]
fn the_gpu_writes_the_same_in_fewer_submissions() {
    let Some(mut model) = model("models/tiny", DeviceChoice::Gpu) else {
        return;
    };
    let (mut before, mut after) = (0, 0);
    for request in requests().into_iter().step_by(2) {
        let (one, singly) = counted(&mut model, &request);
        let (several, at_once) = counted(&mut model, &unrolled(&request, 8));
        assert_eq!(singly.submissions, one.len() as u64);
        assert_eq!(rough(several), rough(one), "{request:?}");
        before += singly.submissions;
        after += at_once.submissions;
    }
    assert!(
        2 * after < before,
        "{after} submissions instead of {before}"
    );
}

/// Frames, and what was counted meanwhile.
fn counted(model: &mut LoadedModel, request: &GenerateRequest) -> (Vec<StepFrame>, Counters) {
    let counters = |model: &LoadedModel| model.executor().gpu().expect("a GPU").counters();
    let before = counters(model);
    let frames = frames(model, request);
    let after = counters(model);
    let counted = Counters {
        buffers: after.buffers - before.buffers,
        bind_groups: after.bind_groups - before.bind_groups,
        submissions: after.submissions - before.submissions,
        dispatches: after.dispatches - before.dispatches,
        bytes_read: after.bytes_read - before.bytes_read,
    };
    (frames, counted)
}

#[test]
fn what_a_step_costs_is_counted() {
    let Some(mut model) = model("models/tiny", DeviceChoice::Gpu) else {
        return;
    };
    let layers = model.info().layers as u64;
    let request = GenerateRequest {
        length: Some(16),
        block: None,
        select: Some("even:steps=16".parse().expect("parses")),
        exit: Some(Choice::new("full")),
        ..story()
    };
    for (unroll, submissions) in [(1, 16), (8, 2)] {
        let request = unrolled(&request, unroll);
        counted(&mut model, &request);
        let (frames, counted) = counted(&mut model, &request);
        assert_eq!(frames.len(), 16);
        assert_eq!(
            (counted.buffers, counted.bind_groups),
            (0, 0),
            "steady state"
        );
        assert_eq!(counted.submissions, submissions, "one for {unroll} steps");
        // Embedding, norm, head, merge of its statistics; where steps are unrolled, selection.
        let others = 4 + u64::from(unroll > 1);
        assert!(
            counted.dispatches <= 16 * (8 * layers + others),
            "{counted:?}"
        );
        // Rows of which records come back, summed up over the steps.
        let read: u64 = match unroll {
            1 => (1..=16).sum(),
            _ => 8 * (16 + 8),
        };
        assert!(counted.bytes_read <= 64 * read, "{counted:?}");
    }
}

#[test]
fn models_whose_forwards_change_say_so() {
    for family in ["llama", "sedd", "wedlm"] {
        let folder = format!("tests/golden/families/{family}");
        let mut model = model(&folder, DeviceChoice::Cpu).expect("a CPU is there");
        let request = GenerateRequest {
            prompt: None,
            ..unrolled(&story(), 4)
        };
        let error = model.start(&request).err().expect("is refused");
        assert!(error.message.contains("unroll"), "{family}: {error}");
    }
}
