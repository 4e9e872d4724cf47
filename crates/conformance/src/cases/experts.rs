//! Mixtures of experts: which experts a row goes to, and the products with their weights.

use unmask_engine::kernels::matmul_expert::{self, MatmulExpert, Side};
use unmask_engine::kernels::route::{self, Route, Scores};
use unmask_engine::weights::Format;

use super::SINGLE;
use crate::Problem;
use crate::numbers::{numbers, packed};

const ROWS: usize = 5;
const EXPERTS: usize = 12;
/// Experts of a row.
const SLOTS: usize = 3;
/// More than a tile, and no multiple of one.
const COLUMNS: usize = 70;

pub fn routes() -> Vec<Problem> {
    [false, true].map(routed).into()
}

fn routed(sigmoid: bool) -> Problem {
    let name = if sigmoid { "sigmoid" } else { "softmax" };
    let mut problem = Problem::new(format!("shares of experts, {name}"), SINGLE);
    let groups = if sigmoid { 4 } else { 1 };
    let bias = problem.floats(&numbers(51, EXPERTS));
    let call = Route {
        params: route::Params {
            experts: EXPERTS as u32,
            slots: SLOTS as u32,
            groups,
            open_groups: groups.min(2),
            normal: u32::from(sigmoid),
            scale: 2.5,
        },
        scores: if sigmoid {
            Scores::Sigmoid(bias)
        } else {
            Scores::Softmax
        },
        rows: ROWS as u32,
        logits: problem.floats(&numbers(52, ROWS * EXPERTS)),
        chosen: problem.words(vec![0; ROWS * SLOTS]),
        share: problem.zeros(ROWS * SLOTS),
    };
    problem.call(call);
    problem
}

pub fn problems(format: Format) -> Vec<Problem> {
    let sides = [false, true].into_iter();
    // Rows of whole blocks, and rows of none.
    let sizes = |down| [64, 36].map(|k| (k, down));
    let fits = |(k, _): &(usize, bool)| format.for_columns(*k) == format;
    let cases = sides.flat_map(sizes).filter(fits);
    cases.map(|(k, down)| product(format, k, down)).collect()
}

fn product(format: Format, k: usize, down: bool) -> Problem {
    let side = if down { "down" } else { "up" };
    let mut problem = Problem::new(format!("experts {format}, {side}, rows of {k}"), SINGLE);
    let entries = ROWS * SLOTS;
    let side = match down {
        true => Side::Down(problem.floats(&numbers(53, entries))),
        false => Side::Up,
    };
    let (x_rows, y_size) = match down {
        true => (entries, ROWS * COLUMNS),
        false => (ROWS, entries * COLUMNS / 2),
    };
    let weight = numbers(54, EXPERTS * COLUMNS * k);
    let chosen: Vec<u32> = (0..entries as u32)
        .map(|i| i * 7 % EXPERTS as u32)
        .collect();
    let call = MatmulExpert {
        params: matmul_expert::Params {
            quads: k as u32 / 4,
            columns: COLUMNS as u32,
            first_expert: 0,
            experts: EXPERTS as u32,
            slots: SLOTS as u32,
            turns: side.turns(SLOTS as u32),
            scale_offset: (format.scale_offset(EXPERTS * COLUMNS, k) / 4) as u32,
        },
        format,
        side,
        rows: ROWS as u32,
        x: problem.floats(&numbers(55, x_rows * k)),
        weight: problem.words(packed(format, &weight, k)),
        y: problem.result(bytemuck::cast_slice(&numbers(56, y_size)).to_vec()),
        chosen: problem.words(chosen),
    };
    problem.call(call);
    problem
}
