//! A policy costs the host little: every method over 1,024 open positions, against a forward of as
//! many rows. In numbers: `cargo test --release -p unmask-engine --test policy_cost -- --nocapture`.

use std::path::Path;
use std::time::{Duration, Instant};

use pollster::block_on;
use unmask_engine::decode::method::catalog;
use unmask_engine::decode::{
    Canvas, DecodeOptions, Driver, Forward, GATHER, Plan, Proposal, Readout, Segment, Vocabulary,
};
use unmask_engine::random::{bits, row_key, uniform};
use unmask_engine::{Choice, Record, Result, Value};

/// Open positions at the beginning of a run.
const POSITIONS: u32 = 1024;
/// What methods with a number of steps get, so that all of a run can be measured: some look at what
/// is open, some at what is written.
const STEPS: usize = 32;
/// A step's cost is the least of so many equal runs: what else the machine does only adds.
const RUNS: usize = 5;
/// The share of a forward that a policy may take.
const SHARE: f64 = 0.05;
/// Multiply-adds per second that a GPU inside a laptop's processor achieves: 1 TFLOP/s. On a larger
/// one a forward of so small a model is over sooner than its records are read back.
const THROUGHPUT: f64 = 0.5e12;

const STOP: u32 = 0;
const MASK: u32 = 1;
const LINE_BREAK: u32 = 2;
const EXPAND: u32 = 3;
const VOCABULARY: u32 = 4096;

fn vocabulary() -> Vocabulary {
    Vocabulary {
        mask_id: MASK,
        stop_ids: vec![STOP],
        size: VOCABULARY,
        delimiters: vec![LINE_BREAK],
        expand_id: Some(EXPAND),
        ..Vocabulary::default()
    }
}

/// Records as of a model that gets surer, and the time it took to make them.
#[derive(Default)]
struct Synthetic {
    seconds: Duration,
}

impl Forward for Synthetic {
    async fn forward(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        _proposal: &Proposal,
    ) -> Result<Readout> {
        let began = Instant::now();
        let of = |&position: &u32| record(canvas, position, plan.step);
        let branches = plan.branches.iter();
        let readout = Readout {
            forwarded: 0,
            branches: branches
                .map(|branch| branch.records.iter().map(of).collect())
                .collect(),
            records: plan.records.iter().map(of).collect(),
            shadows: plan.shadows.iter().map(of).collect(),
            gathered: vec![[-3.0; GATHER]; plan.gather.len()],
            kl: vec![0.01; if plan.kl { plan.records.len() } else { 0 }],
        };
        self.seconds += began.elapsed();
        Ok(readout)
    }
}

/// What is said of `position`: mostly the same token in every step, sometimes another; few are sure.
fn record(canvas: &Canvas, position: u32, step: u32) -> Record {
    let changes = uniform(bits(row_key(1, step, position), 0)) < 0.1;
    let key = row_key(2, if changes { step } else { 0 }, position);
    let token = match bits(key, 1) % 100 {
        0 => STOP,
        1 => LINE_BREAK,
        _ => EXPAND + 1 + bits(key, 2) % (VOCABULARY - EXPAND - 2),
    };
    // One in twenty is above 0.9, half are below 0.5.
    let sure = 0.02 + 0.97 * uniform(bits(row_key(3, step, position), 0)).powf(1.4);
    let logits = [sure.ln(), ((1.0 - sure) * 0.5).ln()];
    let current = if canvas.is_masked(position) {
        f32::NEG_INFINITY
    } else {
        logits[1]
    };
    Record {
        top1: token,
        top2: VOCABULARY - 1,
        samp: token,
        l1: logits[0],
        l2: logits[1],
        lse: 0.0,
        ent: 8.0 * (1.0 - sure),
        l_cur: current,
        l_eos: if token == STOP { logits[0] } else { logits[1] },
        l_samp: logits[0],
    }
}

/// Host time of each of a run's steps, without the forward.
fn host_times(options: &DecodeOptions) -> Vec<Duration> {
    let canvas = Canvas::new(&[7; 8], &[Segment::Masked(POSITIONS)], MASK);
    let mut driver = Driver::new(canvas, vocabulary(), options).expect("is possible");
    let mut times = Vec::new();
    while times.len() < STEPS {
        let mut network = Synthetic::default();
        let began = Instant::now();
        let frame = block_on(driver.step(&mut network)).expect("steps");
        times.push(began.elapsed().saturating_sub(network.seconds));
        if frame.is_none_or(|frame| frame.finished) {
            break;
        }
    }
    times
}

/// The dearest step, each taken at its quickest.
fn dearest(options: &DecodeOptions) -> Duration {
    let mut best = host_times(options);
    for _ in 1..RUNS {
        for (best, again) in best.iter_mut().zip(host_times(options)) {
            *best = again.min(*best);
        }
    }
    best.into_iter().max().expect("there is a step")
}

/// Seconds of a forward of the embedded model, the smallest there is, over as many rows.
fn forward_seconds() -> f64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/tiny/config.json");
    let text = std::fs::read_to_string(path).expect("is there");
    let config: serde_json::Value = serde_json::from_str(&text).expect("parses");
    let size = |name: &str| config[name].as_f64().expect("is a number");
    let rows = f64::from(POSITIONS);
    let (hidden, layers) = (size("hidden_size"), size("num_hidden_layers"));
    let queries = size("num_attention_heads") * size("head_dim");
    let keys = size("num_key_value_heads") * size("head_dim");
    let attention = 2.0 * hidden * (queries + keys) + 2.0 * rows * queries;
    let feed_forward = 3.0 * hidden * size("intermediate_size");
    let head = hidden * size("vocab_size");
    rows * (layers * (attention + feed_forward) + head) / THROUGHPUT
}

/// A method in so many steps, where it has any.
fn choice(kind: &str, name: &str) -> Choice {
    let mut choice = Choice::new(name);
    let mut cards = catalog().into_iter();
    let card = cards.find(|card| card.kind == kind && card.name == name);
    let parameters = card.expect("is in the catalog").parameters;
    if parameters.iter().any(|parameter| parameter.name == "steps") {
        let steps = Value::Number(STEPS as f64);
        choice.values.insert("steps".to_owned(), steps);
    }
    choice
}

/// A run with one method, and with its partner where it has one.
fn options(kind: &str, name: &str) -> DecodeOptions {
    let mut options = DecodeOptions::default();
    let chosen = choice(kind, name);
    match kind {
        "select" => options.select = chosen,
        "revise" => {
            let partner = match name {
                "wino" => "wide",
                "saber" | "p2" | "running_confidence" => name,
                _ => "threshold",
            };
            options.select = choice("select", partner);
            options.revise = chosen;
        }
        "structure" => options.structure = chosen,
        "cache" => {
            // The exact cache needs a model with blocks.
            options.grid = matches!(name, "exact" | "sub_blocks").then_some(32);
            options.cache = chosen;
        }
        _ => options.exit = chosen,
    }
    options
}

#[test]
fn a_policy_costs_little_beside_a_forward() {
    let allowed = SHARE * forward_seconds();
    println!("allowed: {:.0} us", 1e6 * allowed);
    let mut dear = Vec::new();
    for card in catalog() {
        let seconds = dearest(&options(card.kind, card.name)).as_secs_f64();
        let line = format!("{:9} {:18} {:4.0} us", card.kind, card.name, 1e6 * seconds);
        println!("{line}");
        if seconds > allowed {
            dear.push(line);
        }
    }
    assert!(dear.is_empty(), "too dear:\n{}", dear.join("\n"));
}
