//! Packing and unpacking stays within the error that each format's file proves.

use half::f16;
use proptest::prelude::*;

use super::super::format::Format;

/// Packs `[n, k]` and unpacks every row by itself.
fn round_trip(format: Format, weights: &[f32], k: usize) -> Vec<f32> {
    let n = weights.len() / k;
    let planes = format.pack(weights, k).expect("fits");
    let buffer = [planes.quants, planes.scales].concat();
    assert_eq!(buffer.len() as u64, format.bytes(n, k));
    let mut out = vec![f32::NAN; weights.len()];
    for (row, out) in out.chunks_mut(k).enumerate() {
        format.unpack(&buffer, (n, k), row..row + 1, out);
    }
    out
}

/// |w - w'| / d over a block, d the exact scale, may reach this much from f32 arithmetic alone.
const ROUNDING: f64 = 1e-4;

/// What a block format may do to its weights.
struct Bound {
    /// Steps of the scale that the integers may be off.
    steps: f64,
    /// Largest magnitude of an integer: how much the stored scale's own error counts.
    largest: f64,
}

/// Asserts the bound for one weight in a block of exact scale `scale`.
#[track_caller]
fn assert_weight(bound: &Bound, scale: f64, weight: f32, back: f32) {
    let stored = f64::from(f16::from_f32(scale as f32));
    let rounded = bound.largest * (scale - stored).abs();
    let allowed = scale.abs() * (bound.steps + ROUNDING) + rounded;
    let error = (f64::from(weight) - f64::from(back)).abs();
    assert!(
        error <= allowed,
        "{weight} became {back}: off by {error}, allowed {allowed}"
    );
}

fn check_q8_0(weights: &[f32], k: usize) {
    let back = round_trip(Format::Q8_0, weights, k);
    for (block, back) in weights.chunks(32).zip(back.chunks(32)) {
        let largest = block.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
        for (weight, back) in block.iter().zip(back) {
            let bound = Bound {
                steps: 0.5,
                largest: 127.0,
            };
            assert_weight(&bound, f64::from(largest) / 127.0, *weight, *back);
        }
    }
}

fn check_q4_0(weights: &[f32], k: usize) {
    let back = round_trip(Format::Q4_0, weights, k);
    for (block, back) in weights.chunks(32).zip(back.chunks(32)) {
        let larger = |a: f32, b: &f32| if b.abs() > a.abs() { *b } else { a };
        let scale = f64::from(block.iter().fold(0.0, larger)) / -8.0;
        for (weight, back) in block.iter().zip(back) {
            let cut = f64::from(*weight) / scale > 7.499; // where 15 stands for 16
            let steps = if cut { 1.0 } else { 0.5 };
            assert_weight(
                &Bound {
                    steps,
                    largest: 8.0,
                },
                scale,
                *weight,
                *back,
            );
        }
    }
}

fn check_f16(weights: &[f32], k: usize) {
    let back = round_trip(Format::F16, weights, k);
    for (weight, back) in weights.iter().zip(&back) {
        let allowed = (weight.abs() * 2.0_f32.powi(-11)).max(2.0_f32.powi(-25));
        assert!((weight - back).abs() <= allowed, "{weight} became {back}");
    }
}

fn check_all(weights: &[f32], k: usize) {
    check_q8_0(weights, k);
    check_q4_0(weights, k);
    if weights.iter().all(|weight| weight.abs() <= 65504.0) {
        check_f16(weights, k);
    }
    let bits = |weights: &[f32]| weights.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&round_trip(Format::F32, weights, k)), bits(weights));
}

/// Rows whose blocks have magnitudes from f32 subnormals up to the largest that q4_0 holds.
fn rows() -> impl Strategy<Value = (Vec<f32>, usize)> {
    let block = (-44.0_f32..5.7).prop_flat_map(|exponent| {
        let size = 10.0_f32.powf(exponent).min(524_032.0);
        prop::collection::vec((-1.0_f32..=1.0).prop_map(move |unit| unit * size), 32)
    });
    (1_usize..=3, 1_usize..=5).prop_flat_map(move |(blocks, n)| {
        prop::collection::vec(block.clone(), blocks * n)
            .prop_map(move |rows| (rows.concat(), blocks * 32))
    })
}

proptest! {
    #[test]
    fn random_rows_stay_within_the_bound((weights, k) in rows()) {
        check_all(&weights, k);
    }

    #[test]
    fn any_finite_bits_stay_within_the_bound(bits in prop::collection::vec(any::<u32>(), 32)) {
        let finite = |bits: &u32| {
            let value = f32::from_bits(*bits);
            if value.abs() <= 524_032.0 { value } else { 0.0 } // NaN compares false
        };
        let weights: Vec<f32> = bits.iter().map(finite).collect();
        check_all(&weights, 32);
    }

    #[test]
    fn odd_columns_fall_back_and_still_round_trip(
        k in 1_usize..100, n in 1_usize..5, seed in any::<u32>(),
    ) {
        let count = (n * k) as u32;
        let value = |i| crate::random::uniform(crate::random::mix(i ^ seed)) - 0.5;
        let weights: Vec<f32> = (0..count).map(value).collect();
        for format in Format::ALL {
            let back = round_trip(format.for_columns(k), &weights, k);
            let close = weights.iter().zip(&back).all(|(w, b)| (w - b).abs() <= 0.07);
            prop_assert!(close, "{format} wished for, {k} columns");
        }
    }
}

#[test]
fn edge_blocks_stay_within_the_bound() {
    let tiniest = f32::from_bits(1);
    for value in [
        0.0,
        -0.0,
        tiniest,
        -tiniest,
        f32::MIN_POSITIVE,
        1e-38,
        3e-8,
        6.1e-5,
        524_032.0,
    ] {
        check_all(&[value; 32], 32);
        let mut spike = [0.0; 32];
        spike[31] = -value;
        check_all(&spike, 32);
        let signs: Vec<f32> = (0..32)
            .map(|i| if i % 2 == 0 { value } else { -value })
            .collect();
        check_all(&signs, 32);
    }
}

#[test]
fn a_zero_block_comes_back_zero() {
    for format in Format::ALL {
        assert_eq!(round_trip(format, &[0.0; 64], 64), [0.0; 64]);
    }
}

#[test]
#[should_panic(expected = "allowed")]
fn the_bound_can_fail() {
    let bound = Bound {
        steps: 0.5,
        largest: 127.0,
    };
    assert_weight(&bound, 1.0, 3.0, 3.6);
}
