//! The kernels of the wide head, on stored logits.

use unmask_engine::kernels::Operation;
use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::logit_gather::{self, LogitGather};
use unmask_engine::kernels::logit_guidance::{self, LogitGuidance, Rule, RulesHeader};
use unmask_engine::kernels::logit_kl::{self, LogitKl};
use unmask_engine::kernels::logit_stats::{self, GATHERED, LogitStats, ReadoutRow};
use unmask_engine::recording::BufferId;

use super::SINGLE;
use crate::Problem;
use crate::numbers::numbers;

const ROWS: usize = 5;
const VOCABULARY: usize = 333;

pub fn problems() -> Vec<Problem> {
    let guided = [false, true].map(guidance);
    let read: [(&str, Read); 3] = [
        ("statistics of logits", stats),
        ("logits of given ids", gather),
        ("distance to the step before", distance),
    ];
    let read = read.map(|(name, read)| readout(name, read));
    guided.into_iter().chain(read).collect()
}

fn logits(seed: u64) -> Vec<f32> {
    let numbers = numbers(seed, ROWS * VOCABULARY);
    numbers.iter().map(|v| 9.0 * v).collect()
}

fn rules(header: RulesHeader, rules: &[Rule]) -> Vec<u32> {
    let entries = rules.len() as u32;
    let mut words = bytemuck::cast_slice(&[RulesHeader { entries, ..header }]).to_vec();
    words.extend(bytemuck::cast_slice::<_, u32>(rules));
    words.resize(RulesHeader::words(rules.len()), 0);
    words
}

fn guidance(guided: bool) -> Problem {
    let name = if guided {
        "guidance"
    } else {
        "bias and penalty"
    };
    let mut problem = Problem::new(name, SINGLE);
    let biased = [
        Rule {
            id: 3,
            bias: 2.0,
            penalised: 1,
        },
        Rule {
            id: 200,
            bias: -1.5,
            penalised: 0,
        },
    ];
    let header = RulesHeader {
        guidance: 2.5,
        penalty: 1.3,
        ..RulesHeader::NONE
    };
    let unconditional = problem.floats(&logits(32));
    let call = LogitGuidance {
        params: logit_guidance::Params {
            vocabulary: VOCABULARY as u32,
        },
        rows: ROWS as u32,
        rules: problem.words(rules(header, &biased)),
        unconditional: guided.then_some(unconditional),
        logits: problem.result(bytemuck::cast_slice(&logits(31)).to_vec()),
    };
    problem.call(call);
    problem
}

/// What the kernels that read logits share.
struct Inputs {
    logits: BufferId,
    readout: BufferId,
    record_rows: BufferId,
}

type Read = fn(&mut Problem, &Inputs) -> Operation;

fn readout(name: &str, read: Read) -> Problem {
    let mut problem = Problem::new(name, SINGLE);
    let record_row = |row: u32| RecordRow {
        row,
        key: 0,
        current: if row == 0 { NO_TOKEN } else { row },
        scale: 1.0 + row as f32 / 4.0,
        noise: 0.0,
    };
    let record_rows: Vec<RecordRow> = (0..ROWS as u32).map(record_row).collect();
    let inputs = Inputs {
        logits: problem.floats(&logits(33)),
        readout: problem.zeros(ROWS * size_of::<ReadoutRow>() / 4),
        record_rows: problem.words(bytemuck::cast_slice(&record_rows)),
    };
    let call = read(&mut problem, &inputs);
    problem.call(call);
    problem
}

fn stats(problem: &mut Problem, inputs: &Inputs) -> Operation {
    let kept = RulesHeader {
        top_k: 40,
        top_p: 0.9,
        ..RulesHeader::NONE
    };
    LogitStats {
        params: logit_stats::Params {
            vocabulary: VOCABULARY as u32,
            first_stop: 1,
            stops: 2,
        },
        rows: ROWS as u32,
        logits: inputs.logits,
        readout: inputs.readout,
        record_rows: inputs.record_rows,
        rules: problem.words(rules(kept, &[])),
        special: problem.words([1, 0, VOCABULARY as u32 - 1]),
    }
    .into()
}

fn gather(problem: &mut Problem, inputs: &Inputs) -> Operation {
    let asked = (0..(ROWS * GATHERED) as u32).map(|i| match i % 8 {
        2 => NO_TOKEN,
        _ => i * 37 % VOCABULARY as u32,
    });
    LogitGather {
        params: logit_gather::Params {
            rows: ROWS as u32,
            vocabulary: VOCABULARY as u32,
        },
        logits: inputs.logits,
        readout: inputs.readout,
        record_rows: inputs.record_rows,
        asked: problem.words(asked.collect::<Vec<_>>()),
    }
    .into()
}

fn distance(problem: &mut Problem, inputs: &Inputs) -> Operation {
    LogitKl {
        params: logit_kl::Params {
            vocabulary: VOCABULARY as u32,
        },
        rows: ROWS as u32,
        logits: inputs.logits,
        readout: inputs.readout,
        record_rows: inputs.record_rows,
        earlier: problem.floats(&logits(34)),
        previous: problem.words([NO_TOKEN, 3, 1, 0, 2]),
    }
    .into()
}
