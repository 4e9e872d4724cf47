//! GPTQ against NumPy, which was written from the paper: `tests/golden/make_gptq.py`.

use serde::Deserialize;
use unmask_calibrate::{Gram, Scheme, round_rows};

#[derive(Deserialize)]
struct Case {
    columns: usize,
    /// 64ths.
    inputs: Vec<i32>,
    /// 4096ths.
    weights: Vec<i32>,
    q4_0: Expected,
    q8_0: Expected,
}

#[derive(Deserialize)]
struct Expected {
    quants: Vec<i32>,
    scales: Vec<f64>,
}

#[test]
fn every_quant_is_the_papers() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/gptq/case.json"
    );
    let case: Case = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let parts = |numbers: &[i32], part: f32| -> Vec<f32> {
        numbers.iter().map(|number| *number as f32 / part).collect()
    };
    let mut gram = Gram::new(case.columns);
    // In pieces, as a model's inputs come.
    for inputs in parts(&case.inputs, 64.0).chunks(50 * case.columns) {
        gram.add(inputs);
    }
    let factor = gram.factor().unwrap();
    let weights = parts(&case.weights, 4096.0);
    for (scheme, expected) in [(Scheme::Q4_0, &case.q4_0), (Scheme::Q8_0, &case.q8_0)] {
        let rounded = round_rows(&weights, &factor, scheme);
        let blocks = expected.quants.chunks_exact(32).zip(&expected.scales);
        let expected: Vec<f32> = blocks
            .flat_map(|(quants, scale)| quants.iter().map(move |q| (*scale * f64::from(*q)) as f32))
            .collect();
        assert_eq!(rounded.weights, expected, "{scheme:?}");
    }
}
