use unmask_engine::kernels::row_copy::{Params, RowCopy, Way};

use crate::harness::{Gpus, Problem, assert_close, numbers};

const WAYS: [&str; 4] = ["gather", "scatter", "add", "change"];

struct Shape {
    rows: usize,
    params: Params,
}

/// Rows of a buffer with more rows than are copied, in no particular order.
fn scattered(rows: usize, step: usize) -> Vec<u32> {
    let all = rows + 5;
    (0..rows).map(|r| ((r * step + 2) % all) as u32).collect()
}

fn check(gpus: &mut Gpus, shape: &Shape, way: &str) {
    let Shape { rows, params: p } = *shape;
    let all = rows + 5;
    let index = scattered(rows, 1);
    let rows_before = scattered(rows, 1).into_iter().rev().collect::<Vec<u32>>();
    let x = numbers(21, all * p.x_stride as usize);
    let y = numbers(22, all * p.y_stride as usize);
    let before = numbers(23, all * p.x_stride as usize);
    let mut problem = Problem::default();
    let call = RowCopy {
        params: p,
        rows: rows as u32,
        x: problem.floats(&x),
        y: problem.floats(&y),
        index: problem.words(index.clone()),
        way: match way {
            "gather" => Way::Gather,
            "scatter" => Way::Scatter,
            "add" => Way::Add,
            _ => Way::Change {
                before: problem.floats(&before),
                rows: problem.words(rows_before.clone()),
            },
        },
    };
    let out = call.y;
    problem.call(call);
    let mut expected: Vec<f64> = y.iter().map(|v| f64::from(*v)).collect();
    for r in 0..rows {
        let other = index[r] as usize;
        let (from, to) = match way {
            "gather" | "add" => (other, r),
            _ => (r, other),
        };
        for i in 0..p.width as usize {
            let at = |row: usize| row * p.x_stride as usize + p.x_first as usize + i;
            let there = &mut expected[to * p.y_stride as usize + p.y_first as usize + i];
            let value = f64::from(x[at(from)]);
            *there = match way {
                "add" => *there + value,
                "change" => value - f64::from(before[at(rows_before[r] as usize)]),
                _ => value,
            };
        }
    }
    gpus.each(&problem, out, y.len(), |label, _, found| {
        assert_close(&format!("{way} on {label}"), found, &expected, 1e-6);
    });
}

#[test]
fn rows_go_where_the_index_says_and_nothing_else_changes() {
    let mut gpus = Gpus::open();
    let part = Params {
        width: 70,
        x_first: 3,
        x_stride: 80,
        y_first: 5,
        y_stride: 77,
    };
    for (rows, params) in [
        (1, Params::whole(1)),
        (33, Params::whole(64)),
        (7, part),
        (200, Params { width: 1, ..part }),
    ] {
        for way in WAYS {
            check(&mut gpus, &Shape { rows, params }, way);
        }
    }
}

#[test]
fn words_that_are_no_numbers_are_copied_as_they_are() {
    let mut gpus = Gpus::open();
    // Positions, read as numbers, would be too small for devices that flush them to zero.
    let words = [7_u32, 0x7fc0_0001, u32::MAX, 0];
    let mut problem = Problem::default();
    let call = RowCopy {
        params: Params::whole(1),
        way: Way::Gather,
        rows: 4,
        x: problem.words(words),
        y: problem.words([9; 4]),
        index: problem.words([3, 2, 1, 0]),
    };
    let out = call.y;
    problem.call(call);
    gpus.each(&problem, out, 4, |label, _, found| {
        assert_eq!(found, [words[3], words[2], words[1], words[0]], "{label}");
    });
}
