//! Embeddings, norms, rotations, attention; and the arithmetic that speed is told against.

use unmask_engine::kernels::Operation;
use unmask_engine::kernels::attention::{self, Attention, Sight};
use unmask_engine::kernels::embed::{self, Embed};
use unmask_engine::kernels::fma_chains::{self, FmaChains, Value};
use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::kv::KvFormat;
use unmask_engine::kernels::kv_move::{self, KvMove};
use unmask_engine::kernels::norm::{self, Norm, NormKind};
use unmask_engine::kernels::rope::{self, Rope};
use unmask_engine::weights::Format;

use super::SINGLE;
use crate::Problem;
use crate::numbers::{numbers, packed};

const ROWS: usize = 9;
const DIM: usize = 96;
/// Query heads, heads of keys and values, and numbers of each.
const HEADS: (usize, usize, usize) = (4, 2, 32);
/// Slots of keys and values.
const SLOTS: usize = 70;
const EPS: f32 = 1e-6;

pub fn problems() -> Vec<Problem> {
    let mut problems = Vec::from([Value::Scalar, Value::Quad].map(arithmetic));
    for format in Format::ALL {
        problems.extend([false, true].map(|adds| embedding(format, adds)));
    }
    for kind in [NormKind::Rms, NormKind::Layer] {
        problems.extend([false, true].map(|recorded| normed(kind, recorded)));
    }
    problems.extend([false, true].map(rotated));
    for kv in KvFormat::ALL {
        problems.extend([0, 1, 2].map(|kinds| attended(kinds, kv)));
        problems.push(moved(kv));
    }
    problems
}

fn arithmetic(value: Value) -> Problem {
    let numbers = value.numbers();
    let name = format!("chains of fused multiplications of {numbers} numbers");
    let mut problem = Problem::new(name, SINGLE);
    let params = fma_chains::Params {
        rounds: 2,
        factor: 0.5,
        term: 0.25,
    };
    let mut call = FmaChains {
        params,
        value,
        y: problem.words([0]),
        groups: 2,
    };
    call.y = problem.zeros(call.threads() as usize);
    problem.call(call);
    problem
}

fn embedding(format: Format, adds: bool) -> Problem {
    let place = if adds { "added" } else { "set" };
    let mut problem = Problem::new(format!("embedding {format} {place}"), SINGLE);
    let tokens = 40;
    let ids: Vec<u32> = (0..ROWS as u32).map(|i| i * 7 % 50).collect();
    let call = Embed {
        params: embed::Params {
            quads: DIM as u32 / 4,
            first_id: 5,
            shard_rows: tokens as u32,
            scale_offset: (format.scale_offset(tokens, DIM) / 4) as u32,
        },
        format,
        adds,
        rows: ROWS as u32,
        ids: problem.words(ids),
        weight: problem.words(packed(format, &numbers(1, tokens * DIM), DIM)),
        x: problem.result(bytemuck::cast_slice(&numbers(2, ROWS * DIM)).to_vec()),
    };
    problem.call(call);
    problem
}

fn normed(kind: NormKind, recorded: bool) -> Problem {
    let rows = if recorded { "recorded" } else { "all" };
    let mut problem = Problem::new(format!("norm {kind:?}, {rows} rows"), SINGLE);
    let record_rows: Vec<RecordRow> = (0..ROWS as u32).rev().map(plain_row).collect();
    let record_rows = problem.words(bytemuck::cast_slice(&record_rows));
    let call = Norm {
        params: norm::Params {
            dim: DIM as u32,
            eps: EPS,
        },
        kind,
        rows: ROWS as u32,
        x: problem.floats(&numbers(3, ROWS * DIM)),
        gain: problem.floats(&numbers(4, kind.parameters(DIM))),
        y: problem.zeros(ROWS * DIM),
        record_rows: recorded.then_some(record_rows),
    };
    problem.call(call);
    problem
}

fn plain_row(row: u32) -> RecordRow {
    RecordRow {
        row,
        key: 0,
        current: NO_TOKEN,
        scale: 1.0,
        noise: 0.0,
    }
}

/// A rotation of so many rows, whose store is the result.
fn rotation(problem: &mut Problem, rows: usize, with_norm: bool, kv: KvFormat) -> Rope {
    let (queries, keys, size) = HEADS;
    let heads = queries + 2 * keys;
    let gains = problem.floats(&numbers(5, 2 * size));
    let rows_of = |f: fn(u32) -> u32| (0..rows as u32).map(f).collect::<Vec<_>>();
    Rope {
        params: rope::Params {
            query_heads: queries as u32,
            key_heads: keys as u32,
            head_dim: size as u32,
            stride: (heads * size) as u32,
            eps: EPS,
        },
        rows: rows as u32,
        qkv: problem.floats(&numbers(6, rows * heads * size)),
        positions: problem.words(rows_of(|r| r * 3 % 10)),
        rotations: problem.floats(&numbers(7, 10 * size)),
        slots: problem.words(rows_of(|r| r * 11 % SLOTS as u32)),
        store: problem.zeros(SLOTS * 2 * keys * kv.words(size)),
        gains: with_norm.then_some(gains),
        kv,
    }
}

fn rotated(with_norm: bool) -> Problem {
    let name = if with_norm { "with norm" } else { "plain" };
    let mut problem = Problem::new(format!("rotation, {name}"), SINGLE);
    let call = rotation(&mut problem, ROWS, with_norm, KvFormat::F32);
    problem.call(call);
    problem
}

/// Slots that a rotation filled, some of which then move; seen by what attends to them all.
fn moved(kv: KvFormat) -> Problem {
    let mut problem = attended(0, kv);
    problem.name = format!("move, {}", kv.as_str());
    let (_, keys, size) = HEADS;
    let Some(Operation::Attention(attention)) = problem.operations.pop() else {
        unreachable!("it ends in attention");
    };
    let call = KvMove {
        params: kv_move::Params {
            start: 10,
            end: 14,
            count: 50,
            key_heads: keys as u32,
            head_dim: size as u32,
        },
        turns: problem.floats(&numbers(12, size)),
        store: attention.store,
        kv,
    };
    problem.call(call);
    problem.call(attention);
    problem
}

/// Over keys and values that a rotation of all slots put there. With as many kinds of things that are
/// not seen: none, positions far away, other branches too.
fn attended(kinds: usize, kv: KvFormat) -> Problem {
    let name = ["all", "near", "branches"][kinds];
    // A number may be rounded up here and down there.
    let tolerance = if kv == KvFormat::F32 { SINGLE } else { 4e-3 };
    let name = format!("attention, {name}, {}", kv.as_str());
    let mut problem = Problem::new(name, tolerance);
    let (queries, keys, size) = HEADS;
    let rotation = rotation(&mut problem, SLOTS, kinds == 1, kv);
    let (qkv, store) = (rotation.qkv, rotation.store);
    problem.call(rotation);
    let rows_of = |f: fn(u32) -> u32| (0..ROWS as u32).map(f).collect::<Vec<_>>();
    let slots_of = |f: fn(u32) -> u32| (0..SLOTS as u32).map(f).collect::<Vec<_>>();
    let branches_of = |count: usize, f: fn(u32) -> [u32; 2]| {
        let pairs = (0..count as u32).flat_map(f);
        pairs.collect::<Vec<_>>()
    };
    let sight = match kinds {
        0 => None,
        1 => Some(Sight::Near {
            positions: problem.words(rows_of(|r| r * 8)),
            key_positions: problem.words(slots_of(|s| s)),
        }),
        _ => Some(Sight::Branches {
            rows: problem.words(branches_of(ROWS, |r| [r * 8, 1 << (r % 3)])),
            keys: problem.words(branches_of(SLOTS, |s| [s, s % 7 + 1])),
        }),
    };
    let call = Attention {
        params: attention::Params {
            rows: ROWS as u32,
            keys: SLOTS as u32,
            query_heads: queries as u32,
            key_heads: keys as u32,
            head_dim: size as u32,
            scale: (size as f32).powf(-0.5),
            reach: 20,
        },
        qkv,
        store,
        classes: problem.words(rows_of(|r| r / 2 + 1)),
        key_classes: problem.words(slots_of(|s| s % 6)),
        blind: problem.words(rows_of(|r| if r % 2 == 0 { r * 8 } else { NO_TOKEN })),
        out: problem.zeros(ROWS * queries * size),
        sight,
        kv,
    };
    problem.call(call);
    problem
}
