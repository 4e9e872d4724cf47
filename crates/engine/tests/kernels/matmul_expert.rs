use unmask_engine::kernels::matmul_expert::{MatmulExpert, Params, Side};
use unmask_engine::weights::Format;

use crate::harness::{Gpus, Problem, assert_close, numbers};
use crate::matmul_tile::{packed, seen};

struct Shape {
    rows: usize,
    experts: usize,
    slots: usize,
    k: usize,
    columns: usize,
}

/// Distinct experts for each row, some of them chosen by many and some by none.
fn choices(shape: &Shape) -> Vec<u32> {
    let of_row = |row: usize| {
        let first = row * row % shape.experts;
        (0..shape.slots).map(move |slot| ((first + slot * 2) % shape.experts) as u32)
    };
    (0..shape.rows).flat_map(of_row).collect()
}

/// The products of every entry, `[rows, slots, columns]`.
fn products(shape: &Shape, down: bool, x: &[f32], w: &[f32], chosen: &[u32]) -> Vec<Vec<f64>> {
    let Shape {
        k, columns, slots, ..
    } = *shape;
    let of_entry = |(entry, expert): (usize, &u32)| {
        let row = if down { entry } else { entry / slots };
        let first = *expert as usize * columns;
        let dot = |n: usize| -> f64 {
            let pairs = x[row * k..][..k].iter().zip(&w[(first + n) * k..][..k]);
            pairs.map(|(x, w)| f64::from(*x) * f64::from(*w)).sum()
        };
        (0..columns).map(dot).collect()
    };
    chosen.iter().enumerate().map(of_entry).collect()
}

fn expected(
    shape: &Shape,
    down: bool,
    products: &[Vec<f64>],
    share: &[f32],
    y: &[f32],
) -> Vec<f64> {
    if !down {
        let pairs = products.iter().flat_map(|row| row.chunks_exact(2));
        return pairs.map(|p| p[0] / (1.0 + (-p[0]).exp()) * p[1]).collect();
    }
    let mut sum: Vec<f64> = y.iter().map(|y| f64::from(*y)).collect();
    for (entry, products) in products.iter().enumerate() {
        let row = &mut sum[entry / shape.slots * shape.columns..][..shape.columns];
        for (sum, product) in row.iter_mut().zip(products) {
            *sum += f64::from(share[entry]) * product;
        }
    }
    sum
}

/// The weights of all experts lie in shards of these sizes.
fn check(gpus: &mut Gpus, shape: &Shape, format: Format, down: bool, shards: &[usize]) {
    let Shape {
        rows,
        experts,
        slots,
        k,
        columns,
    } = *shape;
    assert_eq!(shards.iter().sum::<usize>(), experts);
    let x_rows = if down { rows * slots } else { rows };
    let x = numbers(41, x_rows * k);
    let w = numbers(42, experts * columns * k);
    let share = numbers(43, rows * slots);
    let chosen = choices(shape);
    let y_size = if down {
        rows * columns
    } else {
        rows * slots * columns / 2
    };
    let before = numbers(44, y_size);
    let mut problem = Problem::default();
    let side = if down {
        Side::Down(problem.floats(&share))
    } else {
        Side::Up
    };
    let [x_buffer, y] = [&x, &before].map(|values| problem.floats(values));
    let chosen_buffer = problem.words(chosen.clone());
    let (mut first, mut rounded) = (0, Vec::new());
    for count in shards {
        let here = &w[first * columns * k..][..count * columns * k];
        let (words, values) = packed(format, here, k);
        rounded.extend(values);
        let weight = problem.words(words);
        problem.call(MatmulExpert {
            params: Params {
                quads: k as u32 / 4,
                columns: columns as u32,
                first_expert: first as u32,
                experts: *count as u32,
                slots: slots as u32,
                turns: side.turns(slots as u32),
                scale_offset: (format.scale_offset(count * columns, k) / 4) as u32,
            },
            format,
            side,
            rows: rows as u32,
            x: x_buffer,
            weight,
            y,
            chosen: chosen_buffer,
        });
        first += count;
    }
    gpus.each(&problem, y, y_size, |label, _, found| {
        let products = products(shape, down, &seen(label, format, &x), &rounded, &chosen);
        let expected = expected(shape, down, &products, &share, &before);
        assert_close(
            &format!("{label} {format} down {down}"),
            found,
            &expected,
            1e-5,
        );
    });
}

#[test]
fn every_row_meets_its_experts() {
    let mut gpus = Gpus::open();
    for (rows, experts, slots, k, columns) in
        [(1, 1, 1, 32, 2), (9, 7, 3, 96, 34), (33, 4, 2, 32, 66)]
    {
        let shape = Shape {
            rows,
            experts,
            slots,
            k,
            columns,
        };
        for format in Format::ALL {
            for down in [false, true] {
                check(&mut gpus, &shape, format, down, &[experts]);
            }
        }
    }
}

#[test]
fn shards_hold_whole_experts() {
    let mut gpus = Gpus::open();
    let shape = Shape {
        rows: 8,
        experts: 6,
        slots: 3,
        k: 64,
        columns: 36,
    };
    for format in [Format::F32, Format::Q4_0] {
        for down in [false, true] {
            check(&mut gpus, &shape, format, down, &[1, 3, 2]);
        }
    }
}

/// Inner sizes without whole blocks go through a staged tile.
#[test]
fn broken_blocks_are_multiplied_as_well() {
    let mut gpus = Gpus::open();
    let shape = Shape {
        rows: 5,
        experts: 4,
        slots: 2,
        k: 36,
        columns: 38,
    };
    for format in [Format::F32, Format::F16] {
        for down in [false, true] {
            check(&mut gpus, &shape, format, down, &[4]);
        }
    }
}

#[test]
fn every_tile_of_one_row_multiplies_every_format() {
    let mut gpus = Gpus::open_tiles();
    let shape = Shape {
        rows: 4,
        experts: 3,
        slots: 2,
        k: 64,
        columns: 70,
    };
    for format in Format::ALL {
        for down in [false, true] {
            check(&mut gpus, &shape, format, down, &[3]);
        }
    }
}
