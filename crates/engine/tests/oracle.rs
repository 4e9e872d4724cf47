//! The decoding methods do what oracles written by another hand do: `tests/oracle` holds rules in plain
//! NumPy over the embedded model in PyTorch, and what they wrote step by step.

use std::path::PathBuf;

use pollster::block_on;
use serde::Deserialize;
use unmask_engine::GenerateRequest;
use unmask_engine::session::{
    DeviceChoice, DtypeChoice, LoadOptions, LoadedModel, StepFrame, load,
};
use unmask_engine::weights::Directory;

/// How far logits of two networks in 32-bit floats may be apart.
const LOGIT_TOLERANCE: f32 = 1e-3;

/// How far confidences may be apart.
const CONFIDENCE_TOLERANCE: f32 = 2e-4;

#[derive(Deserialize)]
struct Traces {
    sample: Sample,
    runs: Vec<Trace>,
}

/// Likeliest tokens of one sequence and their logits.
#[derive(Deserialize)]
struct Sample {
    ids: Vec<u32>,
    top: Vec<u32>,
    logit: Vec<f32>,
}

/// One run of an oracle.
#[derive(Deserialize)]
struct Trace {
    case: String,
    request: GenerateRequest,
    /// The prompt's tokens.
    prompt: Vec<u32>,
    steps: Vec<OracleStep>,
    /// Whether the steps are all; else rounding could decide the next one.
    complete: bool,
    /// The canvas after the last of the steps.
    ids: Vec<u32>,
}

/// What one forward of an oracle changed, in positions of the canvas.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OracleStep {
    committed: Vec<(u32, u32)>,
    /// Confidences of what is committed, where they tell more than the tokens do: what caches chose.
    sure: Vec<f32>,
    reopened: Vec<u32>,
    /// Position, how many positions go, and the tokens that come.
    spliced: Vec<(usize, usize, Vec<u32>)>,
    filled: Vec<(u32, u32)>,
}

fn folder(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(relative)
}

fn traces() -> Traces {
    let text = std::fs::read_to_string(folder("tests/oracle/traces.json")).expect("is there");
    serde_json::from_str(&text).expect("parses")
}

/// The embedded model with the weights as they are stored.
fn tiny() -> LoadedModel {
    let options = LoadOptions {
        device: DeviceChoice::Cpu,
        dtype: DtypeChoice::F32,
        ..LoadOptions::default()
    };
    let files = Directory::new(folder("models/tiny"));
    block_on(load(files, &options, &mut |_| ())).expect("loads")
}

impl OracleStep {
    fn apply(&self, canvas: &mut Vec<u32>, mask: u32) {
        for &(position, id) in &self.committed {
            canvas[position as usize] = id;
        }
        for &position in &self.reopened {
            canvas[position as usize] = mask;
        }
        for (at, removed, inserted) in &self.spliced {
            canvas.splice(*at..at + removed, inserted.iter().copied());
        }
        for &(position, id) in &self.filled {
            canvas[position as usize] = id;
        }
    }
}

fn commits(frame: &StepFrame) -> Vec<(u32, u32)> {
    let tokens = frame.committed.iter();
    tokens.map(|token| (token.position, token.id)).collect()
}

/// How far confidences are from the oracle's.
fn confidence_error(frame: &StepFrame, sure: &[f32]) -> f32 {
    let pairs = frame.committed.iter().zip(sure);
    pairs.fold(0.0, |most, (token, sure)| {
        (token.confidence - sure).abs().max(most)
    })
}

/// Follows a trace step by step; the error says where the engine leaves it.
fn follow(model: &mut LoadedModel, trace: &Trace) -> Result<(), String> {
    let prompt = trace.request.prompt_ids(model.text()).expect("encodes");
    assert_eq!(prompt, trace.prompt, "{}", trace.case);
    let mask = model.info().mask_id;
    let length = trace.request.length.expect("is given") as usize;
    let mut canvas = vec![mask; length];
    let mut run = model.start(&trace.request).map_err(|error| error.message)?;
    for (number, expected) in trace.steps.iter().enumerate() {
        let Some(frame) = block_on(run.next(model)).expect("steps") else {
            return Err(format!("the engine is done before step {number}"));
        };
        expected.apply(&mut canvas, mask);
        let found = commits(&frame);
        if found != expected.committed {
            return Err(format!(
                "step {number} commits {found:?}, the oracle {:?}",
                expected.committed
            ));
        }
        let error = confidence_error(&frame, &expected.sure);
        if error > CONFIDENCE_TOLERANCE {
            return Err(format!("step {number} is off by {error} in a confidence"));
        }
        if run.ids() != canvas {
            return Err(format!(
                "after step {number} the canvas is {:?}, the oracle's {canvas:?}",
                run.ids()
            ));
        }
    }
    assert_eq!(
        canvas, trace.ids,
        "{}: the trace contradicts itself",
        trace.case
    );
    match trace.complete && block_on(run.next(model)).expect("steps").is_some() {
        true => Err(format!(
            "the engine goes on after {} steps",
            trace.steps.len()
        )),
        false => Ok(()),
    }
}

#[test]
fn the_network_is_the_one_of_the_traces() {
    let sample = traces().sample;
    let mut model = tiny();
    let logits = block_on(model.logits(&sample.ids)).expect("runs");
    let rows = logits.chunks(model.info().vocab_size);
    for ((row, &top), &logit) in rows.zip(&sample.top).zip(&sample.logit) {
        let found = row[top as usize];
        assert!(
            (found - logit).abs() < LOGIT_TOLERANCE,
            "{found} where the oracle has {logit}: after a change of models/tiny run \
             `python tests/oracle/make_oracle.py`"
        );
    }
}

/// Whether the request asks for more than another select method.
fn has_other_pieces(trace: &Trace) -> bool {
    let request = &trace.request;
    let stops = request.exit.as_ref().is_none_or(|exit| exit.name != "full");
    request.revise.is_some() || request.structure.is_some() || stops
}

/// Follows the chosen traces; all that differ are told.
fn follow_all(chosen: impl Fn(&Trace) -> bool) {
    let traces = traces();
    let mut model = tiny();
    let mut followed = 0;
    let mut failures = Vec::new();
    for (number, trace) in (0..).zip(&traces.runs).filter(|(_, trace)| chosen(trace)) {
        followed += 1;
        if let Err(error) = follow(&mut model, trace) {
            failures.push(format!("{} (run {number}): {error}", trace.case));
        }
    }
    assert!(followed > 0, "there is nothing to follow");
    let found = failures.len();
    assert!(
        failures.is_empty(),
        "{found} of {followed} runs differ:\n{}",
        failures.join("\n")
    );
}

#[test]
fn select_methods_decide_as_their_oracles() {
    follow_all(|trace| !has_other_pieces(trace));
}

#[test]
fn revise_structure_and_exit_methods_decide_as_their_oracles() {
    follow_all(has_other_pieces);
}
