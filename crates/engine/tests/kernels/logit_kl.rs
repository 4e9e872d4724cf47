use unmask_engine::kernels::LOWEST;
use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::logit_kl::{LogitKl, Params};
use unmask_engine::kernels::logit_stats::ReadoutRow;

use crate::harness::{Gpus, Problem, numbers};

fn softmax(raw: &[f32], scale: f64) -> Vec<f64> {
    let weight = |l: &f32| {
        if *l <= LOWEST {
            0.0
        } else {
            (f64::from(*l) * scale).exp()
        }
    };
    let total: f64 = raw.iter().map(weight).sum();
    raw.iter().map(|l| weight(l) / total).collect()
}

fn oracle(now: &[f32], earlier: &[f32], scale: f64) -> f64 {
    let pairs = softmax(now, scale).into_iter().zip(softmax(earlier, scale));
    pairs
        .map(|(p, q)| p * ((p + 1e-12).ln() - (q + 1e-12).ln()))
        .sum()
}

fn check(gpus: &mut Gpus, rows: usize, vocabulary: usize, scale: f32) {
    let spread = |seed| -> Vec<f32> {
        let small = numbers(seed, (rows + 1) * vocabulary);
        small.iter().map(|v| v * 6.0).collect()
    };
    let (mut now, mut earlier) = (spread(61), spread(62));
    // Id 1 is banned in both steps, id 2 only in the earlier one: its floor keeps the sum finite.
    for row in 0..rows {
        now[row * vocabulary + 1] = LOWEST;
        earlier[(row + 1) * vocabulary + 1] = LOWEST;
        earlier[(row + 1) * vocabulary + 2] = LOWEST;
    }
    now.truncate(rows * vocabulary);
    // The first row has no previous one; the second did not move.
    let previous: Vec<u32> = (0..rows as u32)
        .map(|r| if r == 0 { NO_TOKEN } else { rows as u32 - r })
        .collect();
    if rows > 1 {
        let source = now[vocabulary..2 * vocabulary].to_vec();
        earlier[previous[1] as usize * vocabulary..][..vocabulary].copy_from_slice(&source);
    }
    let record_row = |row| RecordRow {
        row,
        key: 0,
        current: NO_TOKEN,
        scale,
        noise: 0.0,
    };
    let record_rows: Vec<RecordRow> = (0..rows as u32).map(record_row).collect();
    let mut problem = Problem::default();
    let call = LogitKl {
        params: Params {
            vocabulary: vocabulary as u32,
        },
        rows: rows as u32,
        logits: problem.floats(&now),
        readout: problem.words(vec![0; rows * size_of::<ReadoutRow>() / 4]),
        record_rows: problem.words(bytemuck::cast_slice::<_, u32>(&record_rows)),
        earlier: problem.floats(&earlier),
        previous: problem.words(previous.clone()),
    };
    let out = call.readout;
    problem.call(call);
    let count = rows * size_of::<ReadoutRow>() / 4;
    gpus.each(&problem, out, count, |label, _, found| {
        let found: &[ReadoutRow] = bytemuck::cast_slice(found);
        assert_eq!(found[0].kl, f32::MAX, "{label}: no previous row");
        for r in 1..rows {
            let row = |buffer: &[f32], r: usize| buffer[r * vocabulary..][..vocabulary].to_vec();
            let then = row(&earlier, previous[r] as usize);
            let expected = oracle(&row(&now, r), &then, f64::from(scale));
            let error = (f64::from(found[r].kl) - expected).abs();
            assert!(
                error <= 2e-5 * (1.0 + expected),
                "{label}: row {r} is {}, expected {expected}",
                found[r].kl
            );
            assert!(r != 1 || expected == 0.0, "the second row did not move");
        }
    });
}

#[test]
fn divergence_is_that_of_the_matched_rows() {
    let mut gpus = Gpus::open();
    for (rows, vocabulary) in [(1, 8), (5, 8), (33, 333), (4, 1000)] {
        check(&mut gpus, rows, vocabulary, 1.0);
        check(&mut gpus, rows, vocabulary, 1.0 / 0.6);
    }
    check(&mut gpus, 3, 151_936, 1.0);
}
