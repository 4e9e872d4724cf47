//! Formats of keys and values on whole models: what they cost in accuracy and memory, and that exact
//! plans stay exact in each.

mod support;

use pollster::block_on;
use unmask_engine::kernels::kv::KvFormat;
use unmask_engine::session::{
    Conventions, DeviceChoice, DtypeChoice, KvChoice, LoadOptions, LoadedModel, TokenCommit,
};
use unmask_engine::{CanvasSegment, Error, ErrorCode, GenerateRequest};

use support::DEVICES;

fn try_load(
    name: &str,
    device: DeviceChoice,
    (dtype, kv): (DtypeChoice, KvChoice),
) -> Result<LoadedModel, Error> {
    support::try_open(format!("tests/golden/{name}"), &options(device, dtype, kv))
}

fn options(device: DeviceChoice, dtype: DtypeChoice, kv: KvChoice) -> LoadOptions {
    LoadOptions {
        device,
        dtype,
        kv,
        ..LoadOptions::default()
    }
}

/// A model of `tests/golden`; `None` for a GPU that the machine lacks (a failure in CI).
fn golden(name: &str, device: DeviceChoice, kv: KvChoice) -> Option<LoadedModel> {
    golden_as(name, device, (DtypeChoice::F32, kv))
}

/// As [`golden`], with weights in a format.
fn golden_as(
    name: &str,
    device: DeviceChoice,
    (dtype, kv): (DtypeChoice, KvChoice),
) -> Option<LoadedModel> {
    support::open(format!("tests/golden/{name}"), &options(device, dtype, kv))
}

/// The tokens that a run commits, step by step.
fn trace(model: &mut LoadedModel, prompt: u32, cache: &str) -> Vec<Vec<(u32, u32)>> {
    let tokens = |step: Vec<TokenCommit>| step.iter().map(|c| (c.position, c.id)).collect();
    (commits(model, prompt, cache).into_iter())
        .map(tokens)
        .collect()
}

/// What a run commits, step by step.
fn commits(model: &mut LoadedModel, prompt: u32, cache: &str) -> Vec<Vec<TokenCommit>> {
    let ids = (0..prompt).map(|i| 5 + i * 7 % 60).collect();
    let request = GenerateRequest {
        canvas: Some(vec![CanvasSegment::Ids(ids), CanvasSegment::Mask(12)]),
        block: Some(4),
        cache: Some(cache.parse().expect("a choice")),
        ..GenerateRequest::default()
    };
    let mut run = model.start(&request).expect("starts");
    let mut steps = Vec::new();
    while let Some(frame) = block_on(run.next(model)).expect("steps") {
        steps.push(frame.committed);
    }
    steps
}

#[test]
fn exact_plans_are_exact_in_every_format() {
    for name in ["blocks", "causal"] {
        for device in DEVICES {
            let Some(mut model) = golden(name, device, KvChoice::F16) else {
                continue;
            };
            let full = trace(&mut model, 13, "none");
            assert_eq!(trace(&mut model, 13, "exact"), full, "{name} on {device:?}");
        }
    }
}

/// On the CPU an exact plan has the very bits of the full forward, where keys and values are multiplied as
/// integers as well, and is not what f32 gives.
#[test]
fn integers_are_exact_to_the_bit() {
    let open = |kv| {
        let options = LoadOptions {
            conventions: Conventions {
                block_size: Some(4),
                ..Conventions::default()
            },
            ..options(DeviceChoice::Cpu, DtypeChoice::Q8_0, kv)
        };
        support::try_open("tests/golden/tiles", &options).expect("loads")
    };
    let mut model = open(KvChoice::Auto);
    assert_eq!(model.info().kv, KvFormat::Q8_0);
    for prompt in [9, 100] {
        let full = commits(&mut model, prompt, "none");
        assert_eq!(commits(&mut model, prompt, "exact"), full, "{prompt}");
        assert_ne!(commits(&mut open(KvChoice::F32), prompt, "exact"), full);
    }
}

/// Keys and values may cost what weights in the next coarser format cost: f16 less than the default of
/// the weights, q8_0 less than q4_0. (Weights in the same format are no measure: the golden ones are
/// nearly what f16 holds.)
#[test]
fn logits_differ_less_than_with_coarser_weights() {
    let ids: Vec<u32> = (0..40).map(|i| 5 + i * 7 % 60).collect();
    for device in DEVICES {
        let logits = |dtype, kv| {
            let mut model = golden_as("tiles", device, (dtype, kv))?;
            Some(block_on(model.logits(&ids)).expect("forwards"))
        };
        let Some(expected) = logits(DtypeChoice::F32, KvChoice::F32) else {
            continue;
        };
        let error = |dtype, kv| {
            let found = logits(dtype, kv).expect("the device is there");
            let errors = found.iter().zip(&expected).map(|(f, e)| (f - e).abs());
            errors.fold(0.0_f32, f32::max)
        };
        for (dtype, kv) in [
            (DtypeChoice::Q8_0, KvChoice::F16),
            (DtypeChoice::Q4_0, KvChoice::Q8_0),
        ] {
            let of_weights = error(dtype, KvChoice::F32);
            let of_kept = error(DtypeChoice::F32, kv);
            let label = format!("{device:?}, {kv:?}: {of_kept}, of weights {of_weights}");
            assert!(of_kept <= of_weights, "{label}");
            assert!(of_kept > 0.0, "{label}: nothing was rounded");
        }
    }
}

#[test]
fn memory_follows_the_format() {
    let bytes = |kv| {
        let mut model = golden("blocks", DeviceChoice::Cpu, kv).expect("needs no device");
        trace(&mut model, 9, "exact");
        model.cache_bytes()
    };
    let whole = bytes(KvChoice::F32);
    assert!(whole > 0);
    assert_eq!(bytes(KvChoice::F16), whole / 2);
    assert_eq!(bytes(KvChoice::Auto), whole, "f32 weights ask for f32");
}

#[test]
fn heads_without_whole_blocks_are_refused() {
    let refused = try_load(
        "blocks",
        DeviceChoice::Cpu,
        (DtypeChoice::F32, KvChoice::Q8_0),
    );
    let error = refused.err().expect("16 numbers are no block");
    assert_eq!(error.code, ErrorCode::BadInput);
    assert!(error.message.contains("have 16"), "{error}");
}

#[test]
fn layers_that_compare_what_they_keep_keep_floats() {
    for cache in ["dllm", "sparse"] {
        let of = |kv| {
            let mut model = golden("tiles", DeviceChoice::Cpu, kv).expect("needs no device");
            // A plain run leaves a store in the model's own format behind.
            trace(&mut model, 9, "dual");
            trace(&mut model, 9, cache)
        };
        assert_eq!(of(KvChoice::F16), of(KvChoice::F32), "{cache}");
    }
}
