//! The head with its statistics.

use unmask_engine::kernels::head_merge::{self, HeadMerge};
use unmask_engine::kernels::head_stats::{HeadStats, NO_TOKEN, PARTIAL_WORDS, Params, RecordRow};
use unmask_engine::weights::Format;
use unmask_engine::{Record, random};

use super::{HALF, SINGLE};
use crate::Problem;
use crate::numbers::{numbers, packed};

const K: usize = 96;
const TOKENS: usize = 700;
const BANNED: [u32; 1] = [1];
const STOPS: [u32; 2] = [0, 699];

pub fn problems(format: Format) -> Vec<Problem> {
    let of = |rows| [false, true].map(|has_bias| problem(format, rows, has_bias));
    [1, 11].into_iter().flat_map(of).collect()
}

fn problem(format: Format, rows: usize, has_bias: bool) -> Problem {
    let bias = if has_bias { ", bias" } else { "" };
    let mut problem = Problem::new(format!("head {format}, {rows} rows{bias}"), SINGLE);
    problem.half_tolerance = HALF;
    let x = numbers(21, rows * K);
    let record_rows: Vec<RecordRow> = (0..rows as u32).map(record_row).collect();
    let record_rows = problem.words(bytemuck::cast_slice(&record_rows));
    let count = HeadStats::partials(TOKENS as u32);
    let partials = problem.words(vec![0; count as usize * rows * PARTIAL_WORDS]);
    let bias = has_bias.then(|| problem.floats(&numbers(23, TOKENS)));
    let call = HeadStats {
        params: Params {
            rows: rows as u32,
            quads: K as u32 / 4,
            columns: TOKENS as u32,
            first_id: 0,
            scale_offset: (format.scale_offset(TOKENS, K) / 4) as u32,
            first_partial: 0,
            banned: BANNED.len() as u32,
            stops: STOPS.len() as u32,
        },
        format,
        weight: problem.words(packed(format, &weight(&x), K)),
        x: problem.floats(&x),
        partials,
        record_rows,
        special: problem.words([&BANNED[..], &STOPS].concat()),
        bias,
    };
    problem.call(call);
    let records = problem.zeros(rows * Record::BYTES / 4);
    problem.call(HeadMerge {
        params: head_merge::Params {
            rows: rows as u32,
            partials: count,
        },
        partials,
        records,
    });
    problem
}

fn record_row(row: u32) -> RecordRow {
    RecordRow {
        row,
        key: random::row_key(9, 4, row),
        current: if row.is_multiple_of(2) {
            NO_TOKEN
        } else {
            40 + row
        },
        scale: 1.0,
        noise: 0.0,
    }
}

/// Small numbers, but for each row of `x` two tokens like it: rounding must not change who wins.
fn weight(x: &[f32]) -> Vec<f32> {
    let mut weight: Vec<f32> = numbers(22, TOKENS * K).iter().map(|v| 0.2 * v).collect();
    for (row, x) in x.chunks_exact(K).enumerate() {
        for (token, factor) in [(31 * row + 64, 1.0), (17 * row + 400, 0.8)] {
            for (weight, x) in weight[token * K..][..K].iter_mut().zip(x) {
                *weight = factor * x;
            }
        }
    }
    weight
}
