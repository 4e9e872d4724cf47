use unmask_engine::kernels::head_stats::RecordRow;
use unmask_engine::kernels::norm::{Norm, NormKind, Params};

use crate::harness::{Gpus, Problem, assert_close, numbers};

const EPS: f64 = 1e-6;

fn oracle(kind: NormKind, row: &[f32], gain: &[f32]) -> Vec<f64> {
    let count = row.len() as f64;
    let mean = match kind {
        NormKind::Rms => 0.0,
        NormKind::Layer => row.iter().map(|v| f64::from(*v)).sum::<f64>() / count,
    };
    let squares: f64 = row.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum();
    let factor = 1.0 / (squares / count + EPS).sqrt();
    let normal = row.iter().map(|v| (f64::from(*v) - mean) * factor);
    let scaled = normal.zip(gain).map(|(v, g)| v * f64::from(*g));
    match kind {
        NormKind::Rms => scaled.collect(),
        NormKind::Layer => {
            let offsets = gain[row.len()..].iter().map(|o| f64::from(*o));
            scaled.zip(offsets).map(|(v, o)| v + o).collect()
        }
    }
}

#[test]
fn rows_are_normalised_in_order_or_gathered() {
    let mut gpus = Gpus::open();
    for (rows, dim, factor) in [(1, 4, 1.0), (7, 64, 1e-4), (33, 100, 1.0), (67, 260, 3e4)] {
        // A mean that is not 0, so that a LayerNorm that forgets it fails.
        let x: Vec<f32> = numbers(2, rows * dim)
            .iter()
            .map(|v| (v + 0.7) * factor)
            .collect();
        for kind in [NormKind::Rms, NormKind::Layer] {
            let gain = numbers(3, kind.parameters(dim));
            for gather in [None, Some([rows - 1, 0, rows / 2])] {
                let sources = gather.map_or_else(|| (0..rows).collect(), Vec::from);
                let gathered = gather.is_some();
                check(&mut gpus, kind, (&x, dim), &gain, &sources, gathered);
            }
        }
    }
}

fn check(
    gpus: &mut Gpus,
    kind: NormKind,
    (x, dim): (&[f32], usize),
    gain: &[f32],
    sources: &[usize],
    gathered: bool,
) {
    let mut problem = Problem::default();
    let record_rows: Vec<RecordRow> = sources.iter().map(|row| record_row(*row)).collect();
    let record_rows = problem.words(bytemuck::cast_slice(&record_rows));
    let call = Norm {
        params: Params {
            dim: dim as u32,
            eps: EPS as f32,
        },
        kind,
        rows: sources.len() as u32,
        x: problem.floats(x),
        gain: problem.floats(gain),
        y: problem.floats(&vec![0.0; sources.len() * dim]),
        record_rows: gathered.then_some(record_rows),
    };
    let y = call.y;
    problem.call(call);
    let rows = sources.iter().map(|row| &x[row * dim..][..dim]);
    let expected: Vec<f64> = rows.flat_map(|row| oracle(kind, row, gain)).collect();
    gpus.each(&problem, y, expected.len(), |label, _, found| {
        assert_close(&format!("{kind:?} {label}"), found, &expected, 3e-6);
    });
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
