//! Caches on whole models: exact ones change nothing, approximate ones change nothing where they
//! forward everything, and all of them forward fewer rows.

mod support;

use pollster::block_on;
use unmask_engine::session::{DeviceChoice, LoadedModel, StepFrame};
use unmask_engine::{CanvasSegment, Choice, ErrorCode, GenerateRequest};

use support::{DEVICES, floats_on};

/// A model of `tests/golden`; `None` for a GPU that the machine lacks (a failure in CI).
fn golden(name: &str, device: DeviceChoice) -> Option<LoadedModel> {
    support::open(format!("tests/golden/{name}"), &floats_on(device))
}

fn frames(model: &mut LoadedModel, request: &GenerateRequest) -> Vec<StepFrame> {
    let mut run = model.start(request).expect("starts");
    let mut frames = Vec::new();
    while let Some(frame) = block_on(run.next(model)).expect("steps") {
        frames.push(frame);
    }
    frames
}

/// The two runs commit the same, with confidences within rounding.
fn assert_same(label: &str, found: &[StepFrame], expected: &[StepFrame]) {
    assert_eq!(found.len(), expected.len(), "{label}: forwards");
    for (found, expected) in found.iter().zip(expected) {
        let step = found.step;
        let tokens = |frame: &StepFrame| -> Vec<(u32, u32)> {
            let all = frame.committed.iter().chain(&frame.revised);
            all.map(|commit| (commit.position, commit.id)).collect()
        };
        assert_eq!(tokens(found), tokens(expected), "{label}: step {step}");
        for (f, e) in found.committed.iter().zip(&expected.committed) {
            let difference = (f.confidence - e.confidence).abs();
            assert!(difference < 1e-4, "{label}: step {step}: {difference}");
        }
    }
}

fn rows(frames: &[StepFrame]) -> u32 {
    frames.iter().map(|frame| frame.rows).sum()
}

fn request(prompt: usize, length: u32, block: u32) -> GenerateRequest {
    let ids = (0..prompt as u32).map(|i| 5 + i * 7 % 80).collect();
    GenerateRequest {
        canvas: Some(vec![CanvasSegment::Ids(ids), CanvasSegment::Mask(length)]),
        block: Some(block),
        ..GenerateRequest::default()
    }
}

fn with_cache(request: &GenerateRequest, cache: &str) -> GenerateRequest {
    GenerateRequest {
        cache: Some(cache.parse().expect("a choice")),
        ..request.clone()
    }
}

/// Prompts that do and do not end with a block, methods that read little and much. Without any
/// prompt all masks look alike, and rounding would decide between them.
fn requests() -> Vec<(String, GenerateRequest)> {
    let mut requests = Vec::new();
    for (prompt, length, selects) in [
        (8, 12, ["even", "p2"]),
        (13, 9, ["threshold:threshold=0.3", "klass"]),
    ] {
        for select in selects {
            let request = GenerateRequest {
                select: Some(select.parse().expect("a choice")),
                top_k: (select == "even").then_some(3),
                ..request(prompt, length, 8)
            };
            requests.push((format!("{select} behind {prompt}"), request));
        }
    }
    requests
}

#[test]
fn the_exact_cache_changes_nothing() {
    for name in [
        "blocks",
        "causal",
        "families/fast_dllm_v2",
        "families/bd3lm",
    ] {
        for device in DEVICES {
            let Some(mut model) = golden(name, device) else {
                continue;
            };
            for (label, request) in requests() {
                let label = format!("{name} on {device:?}, {label}");
                let full = frames(&mut model, &with_cache(&request, "none"));
                let exact = frames(&mut model, &with_cache(&request, "exact"));
                assert_same(&label, &exact, &full);
                assert!(rows(&exact) <= rows(&full), "{label}");
                let default = frames(&mut model, &request);
                assert_same(&label, &default, &full);
            }
        }
    }
}

/// Caches whose layers decide for themselves are for full attention, and those that choose keys for
/// layers that see all of it.
fn allows(name: &str, cache: &str) -> bool {
    let chooses = cache.starts_with("sparse") || cache.starts_with("elastic");
    let decides = chooses || cache.starts_with("dllm");
    !(decides && name == "blocks" || chooses && name == "families/modernbert")
}

#[test]
fn approximate_caches_that_forward_everything_change_nothing() {
    for name in [
        "qwen3",
        "dream",
        "blocks",
        "families/modernbert",
        "families/bert",
    ] {
        for device in DEVICES {
            let Some(mut model) = golden(name, device) else {
                continue;
            };
            for (label, request) in requests() {
                let full = frames(&mut model, &with_cache(&request, "none"));
                for cache in [
                    "dual:refresh=1",
                    "prefix:refresh=1",
                    "dual:before=99,after=99",
                    "vicinity:refresh=1",
                    "window:after=99",
                    "dpad:scale=10,sigma=0.1",
                    "dkv:refresh=1",
                    "freeze:refresh=1",
                    "sparse:refresh=1",
                    "dllm:ratio=1,prompt=1",
                    "dllm:response=1,prompt=1",
                    "elastic:refresh=1",
                ] {
                    if !allows(name, cache) {
                        continue;
                    }
                    let label = format!("{name} on {device:?}, {cache}, {label}");
                    let found = frames(&mut model, &with_cache(&request, cache));
                    assert_same(&label, &found, &full);
                }
            }
        }
    }
}

#[test]
fn every_executor_approximates_alike() {
    for name in ["qwen3", "dream"] {
        let mut reference = golden(name, DeviceChoice::Reference).expect("needs no device");
        for device in [DeviceChoice::Cpu, DeviceChoice::Gpu] {
            let Some(mut model) = golden(name, device) else {
                continue;
            };
            for cache in [
                "dual",
                "prefix",
                "dual:before=2,after=3,refresh=3",
                "window:after=5",
                "dpad:window=12,cache=dual",
                "dkv",
                "freeze:confidence=0.1",
                "sparse",
                "sparse:keep=0.2,refresh=5",
                "dllm",
                "dllm:prompt=5,response=3,ratio=0.6",
                "dllm:prompt=3,response=7,ratio=0",
                "elastic:window=4",
                "elastic:window=99,drift=0",
                "elastic:window=3,drift=1,refresh=7",
            ] {
                let request = with_cache(&request(13, 19, 8), cache);
                let expected = frames(&mut reference, &request);
                let found = frames(&mut model, &request);
                assert_same(&format!("{name} {cache} on {device:?}"), &found, &expected);
            }
        }
    }
}

#[test]
fn a_step_costs_its_block_and_not_the_text() {
    let mut model = golden("blocks", DeviceChoice::Cpu).expect("needs no device");
    let request = GenerateRequest {
        select: Some(Choice::new("even")),
        ..request(24, 24, 8)
    };
    let frames = frames(&mut model, &request);
    let rows: Vec<u32> = frames.iter().map(|frame| frame.rows).collect();
    let mut expected = vec![32];
    // The first step of a block forwards the completed one with it (the merged commit).
    for _ in 0..3 {
        expected.extend([8; 7]);
        expected.push(16);
    }
    expected.pop();
    assert_eq!(rows, expected);

    let mut causal = golden("causal", DeviceChoice::Cpu).expect("needs no device");
    let request = self::request(24, 10, 8);
    let rows: Vec<u32> = self::frames(&mut causal, &request)
        .iter()
        .map(|frame| frame.rows)
        .collect();
    assert_eq!(rows, [24, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
}

/// Rows of each step.
fn cost(model: &mut LoadedModel, block: u32, cache: &str) -> Vec<u32> {
    let request = GenerateRequest {
        select: Some(Choice::new("even")),
        ..request(24, 24, block)
    };
    let frames = frames(model, &with_cache(&request, cache));
    frames.iter().map(|frame| frame.rows).collect()
}

#[test]
fn each_plan_forwards_what_it_says() {
    let mut model = golden("qwen3", DeviceChoice::Cpu).expect("needs no device");
    let window = cost(&mut model, 8, "window:after=4");
    assert_eq!([window[0], window[8], window[23]], [36, 44, 48]);
    let cached = cost(&mut model, 8, "window:after=4,cache=dual");
    assert_eq!([cached[0], cached[1], cached[8], cached[9]], [36, 8, 44, 8]);
    // Given tokens are kept; a token is forwarded in the step after its commit and then kept too.
    let dkv = cost(&mut model, 8, "dkv:refresh=99");
    assert_eq!([dkv[0], dkv[1], dkv[2]], [48, 48, 24]);
    assert_eq!(
        dkv[10], 16,
        "15 positions and the group they are filled up to"
    );
    assert_eq!(dkv[23], 8);
    // Two full forwards a block.
    let sparse = cost(&mut model, 8, "sparse");
    assert_eq!(sparse[..3], [48, 48, 8]);
    assert_eq!(sparse[8..11], [48, 48, 8]);
    // The first of two layers computes 24 rows, the other projects them and computes 6.
    let dllm = cost(&mut model, 8, "dllm:prompt=6,response=4");
    assert_eq!([dllm[0], dllm[4]], [48, 24]);
    assert!((16..20).contains(&dllm[1]), "{dllm:?}");
    assert_eq!(dllm[1..4], [dllm[1]; 3]);
    let with_prompt = dllm[6];
    assert_eq!(with_prompt, dllm[1] + 24);
    // Steady proposals are left out of steps that still ask for others.
    let whole = |cache| cost(&mut model, 24, cache);
    let [dkv, freeze] = ["dkv:refresh=99", "freeze:confidence=0.02,refresh=99"].map(whole);
    let less = freeze.iter().zip(&dkv).filter(|(frozen, dkv)| frozen < dkv);
    assert!(less.count() > 2, "{freeze:?} {dkv:?}");
}

#[test]
fn keys_that_are_all_kept_are_those_of_the_dual_cache() {
    for name in ["qwen3", "dream", "families/bert"] {
        for device in DEVICES {
            let Some(mut model) = golden(name, device) else {
                continue;
            };
            // One block, and as many positions outside it: two full forwards, then the block.
            let request = request(16, 16, 16);
            let all = frames(&mut model, &with_cache(&request, "sparse:keep=1"));
            let dual = with_cache(&request, "vicinity:before=0,after=0,warmup=2");
            let dual = frames(&mut model, &dual);
            assert_same(&format!("{name} on {device:?}"), &all, &dual);
            let half = frames(&mut model, &with_cache(&request, "sparse"));
            let confidences = |frames: &[StepFrame]| -> Vec<f32> {
                let tokens = frames.iter().flat_map(|frame| &frame.committed);
                tokens.map(|token| token.confidence).collect()
            };
            assert_ne!(confidences(&half), confidences(&all), "half is less");
            let none = with_cache(&request, "sparse:keep=0");
            let none = frames(&mut model, &none);
            assert_eq!(none.last().expect("steps").masks_left, 0);
        }
    }
}

#[test]
fn parts_of_blocks_are_forwarded_alone() {
    let mut model = golden("blocks", DeviceChoice::Cpu).expect("needs no device");
    let parts = GenerateRequest {
        structure: Some("sub_blocks:size=4".parse().expect("a choice")),
        select: Some(Choice::new("even")),
        ..request(16, 16, 8)
    };
    let full = frames(&mut model, &with_cache(&parts, "none"));
    let exact = frames(&mut model, &with_cache(&parts, "exact"));
    assert_same("parts", &exact, &full);
    let alone = frames(&mut model, &with_cache(&parts, "sub_blocks"));
    assert_eq!(alone.last().expect("steps").masks_left, 0);
    let count = |frames: &[StepFrame], rows| frames.iter().filter(|f| f.rows == rows).count();
    assert!(
        count(&alone, 8) > count(&exact, 8),
        "blocks are 8 rows, groups too"
    );
    // Kept from the run before, and the prompt is not forwarded again for a part.
    let again = frames(&mut model, &with_cache(&parts, "sub_blocks"));
    assert!(
        again.iter().all(|frame| frame.rows <= 16),
        "{}",
        rows(&again)
    );
}

#[test]
fn a_window_is_the_sequence_without_what_it_leaves_out() {
    let mut model = golden("qwen3", DeviceChoice::Cpu).expect("needs no device");
    let long = frames(
        &mut model,
        &with_cache(&request(13, 24, 8), "window:after=4"),
    );
    let short = frames(&mut model, &with_cache(&request(13, 7, 8), "none"));
    let first_block = |frames: &[StepFrame]| -> Vec<StepFrame> {
        frames
            .iter()
            .filter(|frame| frame.block == 1)
            .cloned()
            .collect()
    };
    let (long, short) = (first_block(&long), first_block(&short));
    assert!(!short.is_empty());
    assert_same("a window", &long, &short);
}

#[test]
fn a_prompt_is_kept_from_one_request_to_the_next() {
    let mut model = golden("blocks", DeviceChoice::Cpu).expect("needs no device");
    let long = request(40, 8, 8);
    frames(&mut model, &long);
    let again = frames(&mut model, &long);
    assert_eq!(again[0].rows, 8, "nothing but the open block");
    // Another beginning: nothing of it may be used.
    let mut other = long.clone();
    if let Some([CanvasSegment::Ids(ids), _]) = other.canvas.as_deref_mut() {
        ids[9] = 3;
    }
    let edited = frames(&mut model, &other);
    assert_eq!(edited[0].rows, 48 - 8, "from the edited block on");
    let fresh = frames(
        &mut golden("blocks", DeviceChoice::Cpu).expect("loads"),
        &other,
    );
    assert_same("after an edit", &edited, &fresh);
}

#[test]
fn a_cache_that_grows_keeps_what_it_holds() {
    for name in ["blocks", "causal"] {
        for device in DEVICES {
            let Some(mut model) = golden(name, device) else {
                continue;
            };
            let short = with_cache(&request(24, 4, 8), "exact");
            frames(&mut model, &short);
            let before = model.cache_bytes();
            let long = request(90, 4, 8);
            let found = frames(&mut model, &with_cache(&long, "exact"));
            assert!(model.cache_bytes() > before, "{name} on {device:?}");
            let full = frames(&mut model, &with_cache(&long, "none"));
            let label = format!("{name} on {device:?}");
            assert_same(&label, &found, &full);
            // The prompts begin alike: that much is in blocks that the shorter one filled.
            let kept = full[0].rows - found[0].rows;
            assert!(kept >= 16, "{label}: {kept} rows were kept");
        }
    }
}

#[test]
fn runs_that_take_turns_do_not_mix() {
    let mut model = golden("qwen3", DeviceChoice::Cpu).expect("needs no device");
    let [one, two] = [3, 21].map(|prompt| with_cache(&request(prompt, 16, 8), "dual:refresh=1"));
    let expected = frames(&mut model, &one);
    let mut runs = [&one, &two].map(|request| model.start(request).expect("starts"));
    let mut found = Vec::new();
    loop {
        block_on(runs[1].next(&mut model)).expect("steps");
        match block_on(runs[0].next(&mut model)).expect("steps") {
            Some(frame) => found.push(frame),
            None => break,
        }
    }
    assert_same("in turns", &found, &expected);
}

#[test]
fn what_layers_keep_is_of_their_run_alone() {
    // With another run between any two steps nothing is kept, and all of them forward everything.
    for cache in ["sparse", "dllm", "elastic:window=99"] {
        let mut model = golden("qwen3", DeviceChoice::Cpu).expect("needs no device");
        let full = frames(&mut model, &with_cache(&request(9, 16, 8), "none"));
        let [one, two] = [9, 21].map(|prompt| with_cache(&request(prompt, 16, 8), cache));
        let mut runs = [&one, &two].map(|request| model.start(request).expect("starts"));
        let mut found = Vec::new();
        while let Some(frame) = block_on(runs[0].next(&mut model)).expect("steps") {
            found.push(frame);
            block_on(runs[1].next(&mut model)).expect("steps");
        }
        assert_same(cache, &found, &full);
    }
}

#[test]
fn a_canvas_that_grows_is_forwarded_anew() {
    let mut model = golden("qwen3", DeviceChoice::Cpu).expect("needs no device");
    let growing = GenerateRequest {
        structure: Some("rho_eos:max_length=40".parse().expect("a choice")),
        ..request(5, 8, 8)
    };
    let full = frames(&mut model, &with_cache(&growing, "none"));
    assert!(
        full.iter().any(|frame| !frame.spliced.is_empty()),
        "it grows"
    );
    let refreshed = frames(&mut model, &with_cache(&growing, "dual:refresh=1"));
    assert_same("growing", &refreshed, &full);
    // Between refreshes the text may differ; the run must end all the same.
    for cache in ["dual", "sparse", "dllm", "elastic"] {
        let found = frames(&mut model, &with_cache(&growing, cache));
        assert_eq!(found.last().expect("steps").masks_left, 0, "{cache}");
    }
    let dual = frames(&mut model, &with_cache(&growing, "dual"));
    // What is kept moves: within a block, only the block and what came are forwarded.
    let pairs = dual.iter().zip(dual.iter().skip(1));
    let within =
        pairs.filter(|(before, now)| !before.spliced.is_empty() && before.block == now.block);
    let mut count = 0;
    for (before, now) in within {
        let came: usize = before.spliced.iter().map(|s| s.inserted.len()).sum();
        let most = (8 + came).next_multiple_of(8);
        assert!(now.rows as usize <= most, "{} rows", now.rows);
        count += 1;
    }
    assert!(count > 0, "the canvas grows while a block is open");
}

#[test]
fn a_cache_that_the_model_does_not_allow_is_refused() {
    let mut model = golden("qwen3", DeviceChoice::Cpu).expect("needs no device");
    let refusal = |model: &mut LoadedModel, request: &GenerateRequest| {
        let error = match model.start(request) {
            Err(error) => error,
            Ok(mut run) => loop {
                match block_on(run.next(model)) {
                    Ok(frame) => assert!(frame.is_some(), "refused before the end"),
                    Err(error) => break error,
                }
            },
        };
        assert_eq!(error.code, ErrorCode::BadInput);
        error.message
    };
    let exact = with_cache(&request(5, 8, 8), "exact");
    assert!(refusal(&mut model, &exact).contains("block-causal"));
    let guided = GenerateRequest {
        cfg_scale: 1.0,
        ..with_cache(&request(5, 8, 8), "dual")
    };
    assert!(refusal(&mut model, &guided).contains("cache"));
    let mut blocks = golden("blocks", DeviceChoice::Cpu).expect("needs no device");
    let mut near = golden("families/modernbert", DeviceChoice::Cpu).expect("needs no device");
    for cache in ["sparse", "dllm", "elastic"] {
        let request = with_cache(&request(5, 8, 8), cache);
        assert!(refusal(&mut blocks, &request).contains("block-causal"));
        if !allows("families/modernbert", cache) {
            assert!(refusal(&mut near, &request).contains("near"));
        }
        let shadows = GenerateRequest {
            select: Some(Choice::new("wide")),
            revise: Some(Choice::new("wino")),
            ..request
        };
        let message = refusal(&mut model, &shadows);
        assert!(message.contains("shadow rows"), "{cache}: {message}");
    }
    frames(&mut model, &request(5, 8, 8));
}
