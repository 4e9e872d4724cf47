use unmask_engine::kernels::head_stats::RecordRow;
use unmask_engine::kernels::rms_norm::{Params, RmsNorm};

use crate::harness::{Gpus, Problem, assert_close, numbers};

fn oracle(row: &[f32], gain: &[f32], eps: f64) -> Vec<f64> {
    let mean = row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / row.len() as f64;
    let factor = 1.0 / (mean + eps).sqrt();
    let pairs = row.iter().zip(gain);
    pairs
        .map(|(v, g)| f64::from(*v) * factor * f64::from(*g))
        .collect()
}

#[test]
fn rows_are_normalised_in_order_or_gathered() {
    let mut gpus = Gpus::open();
    for (rows, dim, factor) in [(1, 4, 1.0), (7, 64, 1e-4), (33, 100, 1.0), (67, 260, 3e4)] {
        let x: Vec<f32> = numbers(2, rows * dim).iter().map(|v| v * factor).collect();
        let gain = numbers(3, dim);
        for gather in [None, Some([rows - 1, 0, rows / 2])] {
            let sources = gather.map_or_else(|| (0..rows).collect(), Vec::from);
            let mut problem = Problem::default();
            let record_rows: Vec<RecordRow> = sources.iter().map(|row| record_row(*row)).collect();
            let record_rows = problem.words(bytemuck::cast_slice(&record_rows));
            let call = RmsNorm {
                params: Params {
                    dim: dim as u32,
                    eps: 1e-6,
                },
                rows: sources.len() as u32,
                x: problem.floats(&x),
                gain: problem.floats(&gain),
                y: problem.floats(&vec![0.0; sources.len() * dim]),
                record_rows: gather.map(|_| record_rows),
            };
            let y = call.y;
            problem.call(call);
            let rows = sources
                .iter()
                .map(|row| oracle(&x[row * dim..][..dim], &gain, 1e-6));
            let expected: Vec<f64> = rows.flatten().collect();
            gpus.each(&problem, y, expected.len(), |label, _, found| {
                assert_close(label, found, &expected, 2e-6);
            });
        }
    }
}

fn record_row(row: usize) -> RecordRow {
    RecordRow {
        row: row as u32,
        key: 0,
        current: 0,
        scale: 1.0,
        noise: 0.0,
    }
}
