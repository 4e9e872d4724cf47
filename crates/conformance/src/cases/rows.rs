//! What layers decide by: rows that are copied, compared and picked, keys that are scored, attention
//! written out.

use unmask_engine::kernels::attention_weights::{self, AttentionWeights};
use unmask_engine::kernels::key_scores::{self, KeyScores};
use unmask_engine::kernels::most_attended::{self, MostAttended};
use unmask_engine::kernels::row_copy::{self, RowCopy, Way};
use unmask_engine::kernels::row_drift::{self, RowDrift};
use unmask_engine::kernels::row_pick::{self, RowPick};

use super::SINGLE;
use crate::Problem;
use crate::numbers::numbers;

const ROWS: usize = 9;
const WIDTH: usize = 96;
/// Query heads, heads of keys and values, and numbers of each.
const HEADS: (usize, usize, usize) = (4, 2, 24);
/// Slots of keys and values.
const SLOTS: usize = 70;

pub fn problems() -> Vec<Problem> {
    let mut problems = Vec::from(["gather", "scatter", "add", "change"].map(copied));
    problems.extend([drifted(), picked(), scored(), weighed(), most_attended()]);
    problems
}

/// Rows in another order.
fn turned() -> Vec<u32> {
    (0..ROWS as u32)
        .map(|r| (r * 4 + 2) % ROWS as u32)
        .collect()
}

fn copied(way: &str) -> Problem {
    let mut problem = Problem::new(format!("rows, {way}"), SINGLE);
    let index = problem.words(turned());
    let call = RowCopy {
        params: row_copy::Params {
            width: 70,
            x_first: 3,
            y_first: 1,
            ..row_copy::Params::whole(WIDTH)
        },
        way: match way {
            "gather" => Way::Gather,
            "scatter" => Way::Scatter,
            "add" => Way::Add,
            _ => Way::Change {
                before: problem.floats(&numbers(31, ROWS * WIDTH)),
                rows: problem.words((0..ROWS as u32).rev().collect::<Vec<_>>()),
            },
        },
        rows: ROWS as u32,
        x: problem.floats(&numbers(32, ROWS * WIDTH)),
        index,
        y: problem.result(bytemuck::cast_slice(&numbers(33, ROWS * WIDTH)).to_vec()),
    };
    problem.call(call);
    problem
}

fn drifted() -> Problem {
    let mut problem = Problem::new("drift of rows", SINGLE);
    let call = RowDrift {
        params: row_drift::Params {
            first: 1,
            at: 2,
            width: 80,
            x_first: 5,
            x_stride: WIDTH as u32,
            y_first: 0,
            y_stride: WIDTH as u32,
        },
        rows: ROWS as u32 - 1,
        x: problem.floats(&numbers(34, ROWS * WIDTH)),
        y: problem.floats(&numbers(35, ROWS * WIDTH)),
        index: problem.words(turned()),
        drift: problem.zeros(ROWS + 1),
    };
    problem.call(call);
    problem
}

fn picked() -> Problem {
    let mut problem = Problem::new("the largest of neighbours, picked", SINGLE);
    let call = RowPick {
        params: row_pick::Params {
            candidates: SLOTS as u32,
            taken: 40,
            reach: 1,
            first: 3,
            skipped: 16,
        },
        scores: problem.floats(&numbers(36, SLOTS)),
        gap: problem.words([20]),
        picked: problem.zeros(43),
    };
    problem.call(call);
    problem
}

fn scored() -> Problem {
    let mut problem = Problem::new("keys outside a block, scored", SINGLE);
    let (queries, keys, size) = HEADS;
    let call = KeyScores {
        params: key_scores::Params {
            candidates: (SLOTS - ROWS) as u32,
            rows: ROWS as u32,
            query_heads: queries as u32,
            key_heads: keys as u32,
            head_dim: size as u32,
        },
        qkv: problem.floats(&numbers(37, SLOTS * (queries + 2 * keys) * size)),
        store: problem.floats(&numbers(38, SLOTS * 2 * keys * size)),
        gap: problem.words([30]),
        scores: problem.zeros(SLOTS - ROWS),
    };
    problem.call(call);
    problem
}

fn weighed() -> Problem {
    let mut problem = Problem::new("attention, written out", SINGLE);
    let (queries, keys, size) = HEADS;
    let hidden = |slot: u32| if slot % 7 == 3 { u32::MAX } else { 0 };
    let call = AttentionWeights {
        params: attention_weights::Params {
            keys: SLOTS as u32,
            query_heads: queries as u32,
            key_heads: keys as u32,
            head_dim: size as u32,
            scale: (size as f32).powf(-0.5),
            stride: WIDTH as u32,
            first: 2,
        },
        count: 5,
        queries: problem.floats(&numbers(39, ROWS * WIDTH)),
        store: problem.floats(&numbers(40, SLOTS * 2 * keys * size)),
        key_classes: problem.words((0..SLOTS as u32).map(hidden).collect::<Vec<_>>()),
        rows: problem.words(turned()),
        weights: problem.zeros(5 * queries * SLOTS),
    };
    problem.call(call);
    problem
}

fn most_attended() -> Problem {
    let mut problem = Problem::new("the slot attended to most", SINGLE);
    let weights: Vec<f32> = numbers(41, 6 * SLOTS).iter().map(|w| w.abs()).collect();
    let call = MostAttended {
        params: most_attended::Params {
            heads: 2,
            keys: SLOTS as u32,
            at: 1,
        },
        weights: problem.floats(&weights),
        count: problem.words([3]),
        candidates: problem.words((0..SLOTS as u32).map(|s| s % 2).collect::<Vec<_>>()),
        found: problem.zeros(2),
    };
    problem.call(call);
    problem
}
