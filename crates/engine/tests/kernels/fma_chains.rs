use unmask_engine::kernels::fma_chains::{FmaChains, Params, STEPS, Value};

use crate::harness::{Gpus, Problem, assert_close};

/// After n steps a chain that began at v is v * f^n + t * (1 - f^n) / (1 - f).
#[test]
fn chains_are_geometric_series() {
    let mut gpus = Gpus::open();
    let (factor, term) = (0.96875_f32, 0.25_f32);
    let both = [(Value::Scalar, 1.0), (Value::Quad, 4.0)];
    let sizes = [(0, 1), (1, 2), (3, 5)];
    let cases = both.map(|value| sizes.map(|size| (value, size)));
    for ((value, numbers), (rounds, groups)) in cases.into_iter().flatten() {
        let mut problem = Problem::default();
        let call = FmaChains {
            params: Params {
                rounds,
                factor,
                term,
            },
            value,
            y: problem.floats(&vec![-1.0; groups as usize * 64]),
            groups,
        };
        let power = f64::from(factor).powi((rounds * STEPS) as i32);
        let series = f64::from(term) * (1.0 - power) / (1.0 - f64::from(factor));
        let expected: Vec<f64> = (0..call.threads())
            .map(|i| 28.0 + f64::from(i) / 8192.0)
            .map(|starts| numbers * (starts * power + 8.0 * series))
            .collect();
        let y = call.y;
        problem.call(call);
        gpus.each(&problem, y, expected.len(), |label, _, found| {
            assert_close(label, found, &expected, 1e-5);
        });
    }
}
