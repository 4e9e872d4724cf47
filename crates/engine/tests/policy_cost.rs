//! A policy costs the host little: every method over 1,024 open positions, against a forward of as
//! many rows. In numbers: `cargo test --release -p unmask-engine --test policy_cost -- --nocapture`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pollster::block_on;
use unmask_engine::decode::method::catalog;
use unmask_engine::decode::{
    Canvas, DecodeOptions, Driver, Forward, GATHER, Plan, Proposal, Readout, Segment, Vocabulary,
};
use unmask_engine::random::{bits, row_key, uniform};
use unmask_engine::session::{DeviceChoice, LoadOptions, load};
use unmask_engine::weights::Directory;
use unmask_engine::{Choice, GenerateRequest, Record, Result};

/// Open positions at the beginning of a run.
const POSITIONS: u32 = 1024;
/// The steps of a run that are measured: the first ones, when most is open.
const STEPS: usize = 16;
/// A step's cost is the least of so many equal runs: what else the machine does only adds.
const RUNS: usize = 5;
/// The share of a forward that a policy may take.
const SHARE: f64 = 0.05;

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
        let readout = Readout {
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

/// Host time of each of a run's first steps, without the forward.
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

/// A run with one method, and with its partner where it has one.
fn options(kind: &str, name: &str) -> DecodeOptions {
    let mut options = DecodeOptions::default();
    let choice = Choice::new(name);
    match kind {
        "select" => options.select = choice,
        "revise" => {
            options.select = Choice::new(match name {
                "wino" => "wide",
                "saber" | "p2" | "running_confidence" => name,
                _ => "threshold",
            });
            options.revise = choice;
        }
        "structure" => options.structure = choice,
        _ => options.exit = choice,
    }
    options
}

/// The embedded model's folder with room for more positions: the shape and the cost are the same.
fn roomy_model() -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/tiny");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("roomy");
    std::fs::create_dir_all(&to).expect("is writable");
    for file in std::fs::read_dir(&from).expect("is there") {
        let file = file.expect("is readable");
        std::fs::copy(file.path(), to.join(file.file_name())).expect("is writable");
    }
    let text = std::fs::read_to_string(from.join("config.json")).expect("is there");
    let mut config: serde_json::Value = serde_json::from_str(&text).expect("parses");
    config["max_position_embeddings"] = 2048.into();
    std::fs::write(to.join("config.json"), config.to_string()).expect("is writable");
    to
}

/// The quicker of two first steps over as many positions on the CPU executor.
fn forward() -> Duration {
    let options = LoadOptions {
        device: DeviceChoice::Cpu,
        ..LoadOptions::default()
    };
    let files = Directory::new(roomy_model());
    let mut model = block_on(load(files, &options, &mut |_| ())).expect("loads");
    let request = GenerateRequest {
        length: Some(POSITIONS),
        ..GenerateRequest::default()
    };
    let mut step = || {
        let began = Instant::now();
        let mut run = model.start(&request).expect("starts");
        block_on(run.next(&mut model)).expect("steps");
        began.elapsed()
    };
    step().min(step())
}

#[test]
fn a_policy_costs_little_beside_a_forward() {
    let forward = forward();
    println!("forward of {POSITIONS} rows: {} us", forward.as_micros());
    let mut dear = Vec::new();
    for card in catalog() {
        let time = dearest(&options(card.kind, card.name));
        let share = time.as_secs_f64() / forward.as_secs_f64();
        let (kind, name, micros) = (card.kind, card.name, time.as_micros());
        println!("{kind:9} {name:18} {micros:6} us {:8.3} %", 100.0 * share);
        if share > SHARE {
            dear.push(format!("{kind} {name}: {micros} us"));
        }
    }
    assert!(
        dear.is_empty(),
        "more than {SHARE} of {forward:?}:\n{}",
        dear.join("\n")
    );
}
