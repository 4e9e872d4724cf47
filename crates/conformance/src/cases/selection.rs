//! What the device commits by itself, two steps after each other.

use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::select::{
    Candidate, DecisionHeader, Limit, Params, Select, Status, order_key,
};
use unmask_engine::{Record, random};

use crate::Problem;
use crate::numbers::numbers;

const ROWS: u32 = 37;
const STEPS: usize = 2;
const STOPS: [u32; 2] = [0, 3];

pub fn problems() -> Vec<Problem> {
    // Nothing but copies and comparisons: the result is the twin's to the bit.
    [0, 1].map(problem).into()
}

fn problem(by_entropy: u32) -> Problem {
    let order = ["probability", "entropy"][by_entropy as usize];
    let mut problem = Problem::new(format!("commits by {order}"), 0.0);
    let scores = numbers(41 + u64::from(by_entropy), ROWS as usize);
    // Few levels, so that rows tie.
    let level = |row: u32| (scores[row as usize] * 4.0).round() / 4.0;
    let record = |row: u32| Record {
        samp: row % 5,
        l1: 1.5,
        l_samp: level(row),
        lse: 2.0,
        ent: level(row).abs(),
        ..bytemuck::Zeroable::zeroed()
    };
    let records: Vec<Record> = (0..ROWS).map(record).collect();
    let record_row = |row: u32| RecordRow {
        row,
        key: random::row_key(7, 3, row),
        current: if row % 9 == 4 { 2 } else { NO_TOKEN },
        scale: 1.0,
        noise: 0.0,
    };
    let record_rows: Vec<RecordRow> = (0..ROWS).map(record_row).collect();
    let candidate = |row: u32| Candidate {
        position: row,
        target_row: row,
        bar: order_key(if by_entropy == 1 {
            f32::NEG_INFINITY
        } else {
            -1.75
        }),
    };
    let candidates: Vec<Candidate> = (0..ROWS).map(candidate).collect();
    let mut log = vec![0; Status::words(STEPS, ROWS as usize)];
    log[..4].copy_from_slice(&[ROWS, 0, 0, NO_TOKEN]);
    let mut call = Select {
        params: Params {
            step: 0,
            first_stop: 1,
            stops: STOPS.len() as u32,
        },
        records: problem.words(bytemuck::cast_slice(&records)),
        decision: problem.words(decision(by_entropy)),
        candidates: problem.words(bytemuck::cast_slice(&candidates)),
        special: problem.words([&[1][..], &STOPS].concat()),
        record_rows: problem.words(bytemuck::cast_slice(&record_rows)),
        ids: problem.words(vec![1; ROWS as usize]),
        log: problem.result(log),
    };
    for step in 0..STEPS as u32 {
        call.params.step = step;
        problem.call(call.clone());
    }
    problem
}

fn decision(by_entropy: u32) -> Vec<u32> {
    let header = DecisionHeader {
        rows: ROWS,
        by_entropy,
        gamma: if by_entropy == 1 { 0.8 } else { f32::MAX },
        text_start: 20,
    };
    let limit = |step: usize| Limit {
        least: 1,
        most: 9,
        next_key: random::step_key(7, 4 + step as u32),
    };
    let limits: Vec<Limit> = (0..STEPS).map(limit).collect();
    let mut words: Vec<u32> = bytemuck::cast_slice(&[header]).to_vec();
    words.extend::<&[u32]>(bytemuck::cast_slice(&limits));
    words
}
