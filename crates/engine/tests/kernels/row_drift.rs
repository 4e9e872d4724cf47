use unmask_engine::kernels::row_drift::{Params, RowDrift};

use crate::harness::{Gpus, Problem, assert_close, numbers};

/// `2 - 2 cos`, where a row of zeros is apart from every other by its length alone.
fn oracle(x: &[f32], y: &[f32]) -> f64 {
    let number = |v: &f32| f64::from(*v);
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| number(a) * number(b)).sum() };
    let (xx, yy) = (dot(x, x), dot(y, y));
    let length = |square: f64| if square > 0.0 { 1.0 } else { 0.0 };
    let cos = dot(x, y) / (xx * yy).sqrt().max(1e-30);
    length(xx) + length(yy) - 2.0 * cos
}

fn check(gpus: &mut Gpus, rows: usize, params: Params) {
    let p = params;
    let all = p.first as usize + rows;
    let mut x = numbers(51, all * p.x_stride as usize);
    let y = numbers(52, (all + 3) * p.y_stride as usize);
    let index: Vec<u32> = (0..all as u32).rev().map(|r| r + 2).collect();
    let part = |all: &[f32], row: usize, stride: u32, first: u32| {
        all[row * stride as usize + first as usize..][..p.width as usize].to_vec()
    };
    // The last row is the one it is compared with, the one before nearly so, the first has no length.
    let from_y = |x: &mut [f32], row: usize, scale: f32| {
        let copied = part(&y, index[row] as usize, p.y_stride, p.y_first);
        let at = row * p.x_stride as usize + p.x_first as usize;
        for (x, y) in x[at..].iter_mut().zip(copied) {
            *x = y * scale;
        }
    };
    from_y(&mut x, all - 1, 3.0);
    if rows > 2 {
        from_y(&mut x, all - 2, 1.0);
        x[(all - 2) * p.x_stride as usize + p.x_first as usize] += 1e-3;
        from_y(&mut x, p.first as usize, 0.0);
    }
    let expected: Vec<f64> = (p.first as usize..all)
        .map(|row| {
            let y = part(&y, index[row] as usize, p.y_stride, p.y_first);
            oracle(&part(&x, row, p.x_stride, p.x_first), &y)
        })
        .collect();
    let mut problem = Problem::default();
    let call = RowDrift {
        params,
        rows: rows as u32,
        x: problem.floats(&x),
        y: problem.floats(&y),
        index: problem.words(index.clone()),
        drift: problem.floats(&vec![0.0; p.at as usize + rows]),
    };
    let out = call.drift;
    problem.call(call);
    let count = p.at as usize + rows;
    gpus.each(&problem, out, count, |label, _, found| {
        let found = &found[p.at as usize..];
        assert_close(label, found, &expected, 3e-6);
        // Small drifts have digits of their own: they are put in order.
        for (f, e) in found.iter().zip(&expected).filter(|(_, e)| **e < 1e-2) {
            let error = (f64::from(f32::from_bits(*f)) - e).abs();
            assert!(error <= 1e-3 * e + 1e-10, "{label}: {e} off by {error}");
        }
    });
}

#[test]
fn directions_are_compared_and_lengths_are_not() {
    let mut gpus = Gpus::open();
    for (rows, width) in [(1, 4), (5, 64), (33, 100), (3, 1000)] {
        let params = Params {
            first: 0,
            at: 0,
            width,
            x_first: 0,
            x_stride: width,
            y_first: 0,
            y_stride: width,
        };
        check(&mut gpus, rows, params);
        let part = Params {
            first: 2,
            at: 3,
            x_first: 4,
            x_stride: width + 9,
            y_first: 1,
            y_stride: width + 2,
            ..params
        };
        check(&mut gpus, rows, part);
    }
}
