//! Guesses that a causal model checks: the text is the one of one token a step, in fewer forwards.

mod support;

use pollster::block_on;
use unmask_engine::session::{DeviceChoice, Generation, LoadOptions, LoadedModel};
use unmask_engine::text::ChatMessage;
use unmask_engine::{CanvasSegment, ErrorCode, GenerateRequest};

use support::DEVICES;

fn model(folder: &str, device: DeviceChoice) -> LoadedModel {
    try_model(folder, device).expect("loads")
}

/// `None` for a GPU that the machine lacks (a failure in CI).
fn try_model(folder: &str, device: DeviceChoice) -> Option<LoadedModel> {
    let options = LoadOptions {
        device,
        ..LoadOptions::default()
    };
    support::open(folder, &options)
}

fn asked(prompt: &str, select: Option<&str>) -> GenerateRequest {
    GenerateRequest {
        chat: Some(vec![ChatMessage::user(prompt)]),
        length: Some(48),
        select: select.map(|select| select.parse().expect("a choice")),
        ..GenerateRequest::default()
    }
}

/// Tokens and forwards.
fn outcome(generation: &Generation, model: &LoadedModel) -> (Vec<u32>, u32) {
    let result = generation.result(model);
    (result.ids, result.forwards)
}

fn alone(model: &mut LoadedModel, request: &GenerateRequest) -> (Vec<u32>, u32) {
    let mut generation = model.generate(request).expect("starts");
    while block_on(generation.next(model)).expect("steps").is_some() {}
    outcome(&generation, model)
}

fn drafted(
    verifier: &mut LoadedModel,
    drafter: &mut LoadedModel,
    request: &GenerateRequest,
) -> (Vec<u32>, u32) {
    let mut generation = verifier.generate(request).expect("starts");
    loop {
        block_on(generation.draft(verifier, drafter)).expect("drafts");
        if block_on(generation.next(verifier))
            .expect("steps")
            .is_none()
        {
            break;
        }
    }
    outcome(&generation, verifier)
}

const PROMPTS: [&str; 3] = [
    "Sort 41, 7, 93, 20, 65.",
    "Write as JSON: Kalo is 31 years old and likes honey.",
    "Tell me a story about Mia and a lost kite.",
];

#[test]
fn jacobi_decoding_is_greedy_decoding_in_fewer_forwards() {
    let mut causal = model("models/tiny-ar", DeviceChoice::Cpu);
    let (mut forwards, mut fewer) = (0, 0);
    for prompt in PROMPTS {
        let (expected, one_by_one) = alone(&mut causal, &asked(prompt, None));
        for ahead in [1, 3, 7, 40] {
            let select = format!("jacobi:ahead={ahead}");
            let (found, count) = alone(&mut causal, &asked(prompt, Some(&select)));
            assert_eq!(found, expected, "{prompt}, {ahead} ahead");
            assert!(count <= one_by_one, "{prompt}: {count} of {one_by_one}");
            (forwards, fewer) = (forwards + one_by_one, fewer + count);
        }
    }
    assert!(fewer < forwards, "{fewer} of {forwards}");
}

#[test]
fn every_executor_guesses_alike() {
    let ids = (0..13).map(|i| 5 + i * 7 % 200).collect();
    let request = |select: &str| GenerateRequest {
        canvas: Some(vec![CanvasSegment::Ids(ids), CanvasSegment::Mask(20)]),
        select: Some(select.parse().expect("a choice")),
        ..GenerateRequest::default()
    };
    let (plain, jacobi) = (request.clone()("even"), request("jacobi:ahead=4"));
    for device in DEVICES {
        let Some(mut causal) = try_model("tests/golden/causal", device) else {
            continue;
        };
        let (expected, _) = alone(&mut causal, &plain);
        let (found, forwards) = alone(&mut causal, &jacobi);
        assert_eq!(found, expected, "{device:?}");
        assert!(forwards <= 20, "{device:?}: {forwards}");
    }
}

#[test]
fn a_diffusion_model_drafts_for_a_causal_one() {
    let mut causal = model("models/tiny-ar", DeviceChoice::Cpu);
    let mut diffusion = model("models/tiny", DeviceChoice::Cpu);
    let (mut alone_forwards, mut together) = (0, 0);
    for prompt in PROMPTS {
        let (expected, one_by_one) = alone(&mut causal, &asked(prompt, None));
        // The method that tries drafts need not be named.
        let request = GenerateRequest {
            draft: Some(8),
            ..asked(prompt, None)
        };
        let (found, both) = drafted(&mut causal, &mut diffusion, &request);
        assert_eq!(found, expected, "{prompt}");
        (alone_forwards, together) = (alone_forwards + one_by_one, together + both);
    }
    assert!(together < alone_forwards, "{together} of {alone_forwards}");
}

#[test]
fn a_drafter_must_fill_masks_of_the_same_tokens() {
    let mut causal = model("models/tiny-ar", DeviceChoice::Cpu);
    let mut same = model("models/tiny-ar", DeviceChoice::Cpu);
    let mut other = model("tests/golden/qwen3", DeviceChoice::Cpu);
    let mut generation = causal
        .generate(&asked(PROMPTS[0], Some("jacobi")))
        .expect("starts");
    for (drafter, told) in [(&mut same, "causal"), (&mut other, "tokenizer")] {
        let error = block_on(generation.draft(&causal, drafter)).expect_err("refused");
        assert_eq!(error.code, ErrorCode::BadInput);
        assert!(error.message.contains(told), "{error}");
    }
    // The generation goes on without drafts.
    while block_on(generation.next(&mut causal))
        .expect("steps")
        .is_some()
    {}
}

#[test]
fn other_models_commit_from_the_left() {
    let mut diffusion = model("models/tiny", DeviceChoice::Cpu);
    let request = GenerateRequest {
        length: Some(6),
        ..asked(PROMPTS[0], Some("jacobi"))
    };
    let mut run = diffusion.start(&request).expect("starts");
    let mut positions = Vec::new();
    while let Some(frame) = block_on(run.next(&mut diffusion)).expect("steps") {
        positions.extend(frame.committed.iter().map(|commit| commit.position));
    }
    assert!(
        positions.is_sorted() && !positions.is_empty(),
        "{positions:?}"
    );
}
