use unmask_engine::kernels::fma_chains::{FmaChains, Params, STEPS};

use crate::harness::{Gpus, Problem, assert_close};

/// After n steps a chain that began at v is v * f^n + t * (1 - f^n) / (1 - f).
#[test]
fn chains_are_geometric_series() {
    let mut gpus = Gpus::open();
    let (factor, term) = (0.96875_f32, 0.25_f32);
    for (rounds, groups) in [(0, 1), (1, 2), (3, 5)] {
        let mut problem = Problem::default();
        let call = FmaChains {
            params: Params {
                rounds,
                factor,
                term,
            },
            y: problem.floats(&vec![-1.0; groups as usize * 64]),
            groups,
        };
        let power = f64::from(factor).powi((rounds * STEPS) as i32);
        let series = f64::from(term) * (1.0 - power) / (1.0 - f64::from(factor));
        let expected: Vec<f64> = (0..call.threads())
            .map(|i| 28.0 + f64::from(i) / 8192.0)
            .map(|starts| starts * power + 8.0 * series)
            .collect();
        let y = call.y;
        problem.call(call);
        gpus.each(&problem, y, expected.len(), |label, _, found| {
            assert_close(label, found, &expected, 1e-5);
        });
    }
}
