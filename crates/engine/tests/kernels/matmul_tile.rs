use unmask_engine::kernels::matmul_tile::{Epilogue, MatmulTile, Params};
use unmask_engine::recording::BufferId;
use unmask_engine::weights::Format;

use crate::harness::{Gpus, Problem, assert_close, numbers};

/// `rows` packed into a buffer's words, and the numbers that the buffer then stands for.
pub fn packed(format: Format, rows: &[f32], k: usize) -> (Vec<u32>, Vec<f32>) {
    let planes = format.pack(rows, k).expect("the test's weights fit");
    let words: Vec<u32> = bytemuck::pod_collect_to_vec(&[planes.quants, planes.scales].concat());
    let n = rows.len() / k;
    let mut values = vec![0.0; rows.len()];
    format.unpack(bytemuck::cast_slice(&words), (n, k), 0..n, &mut values);
    (words, values)
}

struct Shape {
    rows: usize,
    k: usize,
    columns: usize,
}

fn oracle(shape: &Shape, x: &[f32], w: &[f32]) -> Vec<f64> {
    let Shape { rows, k, columns } = *shape;
    let dot = |r: usize, n: usize| -> f64 {
        (0..k)
            .map(|i| f64::from(x[r * k + i]) * f64::from(w[n * k + i]))
            .sum()
    };
    (0..rows)
        .flat_map(|r| (0..columns).map(move |n| (r, n)))
        .map(|(r, n)| dot(r, n))
        .collect()
}

fn finish(
    epilogue: Epilogue,
    products: &[f64],
    columns: usize,
    before: &[f32],
    bias: &[f32],
) -> Vec<f64> {
    match epilogue {
        Epilogue::Store => products.to_vec(),
        Epilogue::Add => products
            .iter()
            .zip(before)
            .map(|(p, y)| p + f64::from(*y))
            .collect(),
        Epilogue::Bias(_) => products
            .iter()
            .enumerate()
            .map(|(i, p)| p + f64::from(bias[i % columns]))
            .collect(),
        Epilogue::Swiglu => products
            .chunks_exact(2)
            .map(|pair| pair[0] / (1.0 + (-pair[0]).exp()) * pair[1])
            .collect(),
    }
}

fn check(gpus: &mut Gpus, shape: &Shape, format: Format, epilogue_of: fn(BufferId) -> Epilogue) {
    let Shape { rows, k, columns } = *shape;
    let x = numbers(11, rows * k);
    let (words, w) = packed(format, &numbers(12, columns * k), k);
    let before = numbers(13, rows * columns);
    let bias = numbers(14, columns);
    let mut problem = Problem::default();
    let epilogue = epilogue_of(problem.floats(&bias));
    let y_stride = if epilogue == Epilogue::Swiglu {
        columns / 2
    } else {
        columns
    };
    let call = MatmulTile {
        params: Params {
            rows: rows as u32,
            quads: k as u32 / 4,
            columns: columns as u32,
            first_column: 0,
            y_stride: y_stride as u32,
            scale_offset: (format.scale_offset(columns, k) / 4) as u32,
        },
        format,
        epilogue,
        x: problem.floats(&x),
        weight: problem.words(words),
        y: problem.floats(&before[..rows * y_stride]),
    };
    let y = call.y;
    problem.call(call);
    let expected = finish(epilogue, &oracle(shape, &x, &w), columns, &before, &bias);
    gpus.each(&problem, y, expected.len(), |label, tier, found| {
        // Half-precision tiles round each factor to 11 bits.
        let tolerance = if tier.f16 && format != Format::F32 {
            2e-3
        } else {
            1e-5
        };
        assert_close(
            &format!("{label} {format} {epilogue:?}"),
            found,
            &expected,
            tolerance,
        );
    });
}

#[test]
fn products_of_every_format_and_epilogue() {
    let mut gpus = Gpus::open();
    let epilogues: [fn(BufferId) -> Epilogue; 4] = [
        |_| Epilogue::Store,
        |_| Epilogue::Add,
        Epilogue::Bias,
        |_| Epilogue::Swiglu,
    ];
    for (rows, k, columns) in [
        (1, 32, 2),
        (5, 64, 34),
        (32, 96, 32),
        (33, 160, 66),
        (67, 32, 130),
    ] {
        let shape = Shape { rows, k, columns };
        for format in Format::ALL {
            for epilogue in epilogues {
                check(&mut gpus, &shape, format, epilogue);
            }
        }
    }
}

#[test]
fn inner_sizes_that_are_no_multiple_of_a_round() {
    let mut gpus = Gpus::open();
    for k in [4, 12, 36, 80] {
        let shape = Shape {
            rows: 9,
            k,
            columns: 7,
        };
        for format in [Format::F32, Format::F16] {
            check(&mut gpus, &shape, format, |_| Epilogue::Store);
        }
    }
}

#[test]
fn shards_fill_their_own_columns() {
    let mut gpus = Gpus::open();
    let (rows, k, columns) = (6, 64, 96);
    let x = numbers(21, rows * k);
    let w = numbers(22, columns * k);
    let mut problem = Problem::default();
    let x_buffer = problem.floats(&x);
    let y = problem.floats(&vec![0.0; rows * columns]);
    for range in [0..32, 32..columns] {
        let weight = problem.floats(&w[range.start * k..range.end * k]);
        problem.call(MatmulTile {
            params: Params {
                rows: rows as u32,
                quads: k as u32 / 4,
                columns: range.len() as u32,
                first_column: range.start as u32,
                y_stride: columns as u32,
                scale_offset: 0,
            },
            format: Format::F32,
            epilogue: Epilogue::Store,
            x: x_buffer,
            weight,
            y,
        });
    }
    let expected = oracle(&Shape { rows, k, columns }, &x, &w);
    gpus.each(&problem, y, expected.len(), |label, _, found| {
        assert_close(label, found, &expected, 1e-5);
    });
}
