use unmask_engine::kernels::matmul_tile::{Epilogue, MatmulTile, Params};
use unmask_engine::kernels::tile::Tile;
use unmask_engine::recording::BufferId;
use unmask_engine::weights::Format;
use unmask_simd::Instructions;

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

/// `x`, `[rows, k]`, as an executor sees it: the CPU executor multiplies integers where the weights
/// are integers and the machine has instructions for them, and rounds every block of 32 to them.
pub fn seen(label: &str, format: Format, x: &[f32]) -> Vec<f32> {
    let integers = matches!(format, Format::Q8_0 | Format::Q4_0);
    if label != "cpu" || !integers || Instructions::best() == Instructions::Portable {
        return x.to_vec();
    }
    let round = |block: &[f32]| {
        let step = block.iter().fold(0.0_f32, |m, x| m.max(x.abs())) / 127.0;
        let near = |x: &f32| (x * (1.0 / step)).round_ties_even() * step;
        block.iter().map(near).collect::<Vec<_>>()
    };
    x.chunks(32).flat_map(round).collect()
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
        Epilogue::AddAffine(_) => products
            .iter()
            .zip(before)
            .enumerate()
            .map(|(i, (p, y))| {
                let (factor, offset) = (bias[i % columns], bias[columns + i % columns]);
                f64::from(*y) + p * f64::from(factor) + f64::from(offset)
            })
            .collect(),
        Epilogue::Gelu(_) => products
            .iter()
            .enumerate()
            .map(|(i, p)| gelu(p + f64::from(bias[i % columns])))
            .collect(),
        Epilogue::GeluTanh(_) => products
            .iter()
            .enumerate()
            .map(|(i, p)| gelu_tanh(p + f64::from(bias[i % columns])))
            .collect(),
        Epilogue::Swiglu => products
            .chunks_exact(2)
            .map(|pair| pair[0] / (1.0 + (-pair[0]).exp()) * pair[1])
            .collect(),
        Epilogue::Geglu => products
            .chunks_exact(2)
            .map(|pair| gelu(pair[0]) * pair[1])
            .collect(),
    }
}

/// By the series of the error function, which needs no approximation's constants.
fn gelu(v: f64) -> f64 {
    let z = v / std::f64::consts::SQRT_2;
    if z.abs() > 5.0 {
        return v.max(0.0);
    }
    let (mut term, mut sum) = (z, z);
    for n in 1..200 {
        term *= -z * z / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    0.5 * v * (1.0 + sum * 2.0 / std::f64::consts::PI.sqrt())
}

fn gelu_tanh(v: f64) -> f64 {
    let u = (2.0 / std::f64::consts::PI).sqrt() * (v + 0.044_715 * v.powi(3));
    0.5 * v * (1.0 + u.tanh())
}

fn check(gpus: &mut Gpus, shape: &Shape, format: Format, epilogue_of: fn(BufferId) -> Epilogue) {
    let Shape { rows, k, columns } = *shape;
    let x = numbers(11, rows * k);
    let (words, w) = packed(format, &numbers(12, columns * k), k);
    let before = numbers(13, rows * columns);
    let bias: Vec<f32> = numbers(14, 2 * columns).iter().map(|b| b * 3.0).collect();
    let mut problem = Problem::default();
    let epilogue = epilogue_of(problem.floats(&bias));
    let y_stride = columns / epilogue.columns_each() as usize;
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
    let expected = |label: &str| {
        let products = oracle(shape, &seen(label, format, &x), &w);
        finish(epilogue, &products, columns, &before, &bias)
    };
    gpus.each(&problem, y, rows * y_stride, |label, tier, found| {
        // Half-precision tiles round each factor to 11 bits.
        let tolerance = if Tile::choose(tier, format, rows as u32, k as u32 / 4) == Tile::StagedF16
        {
            2e-3
        } else {
            1e-5
        };
        assert_close(
            &format!("{label} {format} {epilogue:?}"),
            found,
            &expected(label),
            tolerance,
        );
    });
}

#[test]
fn products_of_every_format_and_epilogue() {
    let mut gpus = Gpus::open();
    let common: [fn(BufferId) -> Epilogue; 4] = [
        |_| Epilogue::Store,
        |_| Epilogue::Add,
        Epilogue::Bias,
        |_| Epilogue::Swiglu,
    ];
    // A format changes what goes into an epilogue, not the epilogue: two are enough for the others.
    let rare: [fn(BufferId) -> Epilogue; 4] = [
        Epilogue::AddAffine,
        Epilogue::Gelu,
        Epilogue::GeluTanh,
        |_| Epilogue::Geglu,
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
            for epilogue in common {
                check(&mut gpus, &shape, format, epilogue);
            }
        }
        for format in [Format::F32, Format::Q4_0] {
            for epilogue in rare {
                check(&mut gpus, &shape, format, epilogue);
            }
        }
    }
}

/// Rows around a tile's, columns around a tile's, and more than one of each.
#[test]
fn every_tile_multiplies_every_format() {
    let mut gpus = Gpus::open_tiles();
    for (rows, k, columns) in [
        (1, 32, 2),
        (4, 64, 34),
        (8, 96, 256),
        (9, 160, 258),
        (33, 64, 516),
    ] {
        let shape = Shape { rows, k, columns };
        for format in Format::ALL {
            check(&mut gpus, &shape, format, |_| Epilogue::Store);
        }
        check(&mut gpus, &shape, Format::Q8_0, |_| Epilogue::Swiglu);
    }
}

/// Where a k has no whole blocks, every choice of tiles comes down to a staged one.
#[test]
fn every_tile_has_a_stand_in_for_broken_blocks() {
    let mut gpus = Gpus::open_tiles();
    let shape = Shape {
        rows: 3,
        k: 36,
        columns: 7,
    };
    check(&mut gpus, &shape, Format::F32, |_| Epilogue::Store);
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

/// Arguments so large that an exponential overflows on the way.
#[test]
fn gelu_holds_far_from_zero() {
    let mut gpus = Gpus::open();
    let inputs: Vec<f32> = (-40..=40).map(|i| i as f32 * 2.5).collect();
    for epilogue_of in [Epilogue::Gelu, Epilogue::GeluTanh] {
        let mut problem = Problem::default();
        let epilogue = epilogue_of(problem.floats(&[0.0]));
        let call = MatmulTile {
            params: Params {
                rows: inputs.len() as u32,
                quads: 1,
                columns: 1,
                first_column: 0,
                y_stride: 1,
                scale_offset: 0,
            },
            format: Format::F32,
            epilogue,
            x: problem.floats(
                &inputs
                    .iter()
                    .flat_map(|v| [*v, 0., 0., 0.])
                    .collect::<Vec<_>>(),
            ),
            weight: problem.floats(&[1.0, 0.0, 0.0, 0.0]),
            y: problem.floats(&vec![7.0; inputs.len()]),
        };
        let y = call.y;
        problem.call(call);
        let exact = |v: &f32| match epilogue {
            Epilogue::Gelu(_) => gelu(f64::from(*v)),
            _ => gelu_tanh(f64::from(*v)),
        };
        let expected: Vec<f64> = inputs.iter().map(exact).collect();
        gpus.each(&problem, y, expected.len(), |label, _, found| {
            let found: &[f32] = bytemuck::cast_slice(found);
            for (f, e) in found.iter().zip(&expected) {
                let error = (f64::from(*f) - e).abs();
                assert!(error <= 1e-6 + e.abs() * 1e-6, "{label}: {f}, expected {e}");
            }
        });
    }
}
