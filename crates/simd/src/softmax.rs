//! What softmax is made of: the largest number, exponentials and their sums.

use crate::exp_all;

/// Sums run in as many lanes as the widest registers have.
const LANES: usize = 16;

/// The largest number; [`f32::MIN`] of none.
#[must_use]
pub fn largest(numbers: &[f32]) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [f32::MIN; LANES];
    for chunk in chunks {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane = if *number > *lane { *number } else { *lane };
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::MIN, f32::max)
}

/// The sum, by lanes.
#[must_use]
pub fn sum(numbers: &[f32]) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane += number;
        }
    }
    lanes.iter().chain(rest).sum()
}

/// `Σ e^(l - m)` and `Σ e^(l - m) (l - m)` over the numbers, none of which is above m.
#[must_use]
pub fn mass(numbers: &[f32], m: f32) -> (f32, f32) {
    let (mut sums, mut slopes) = ([0.0; LANES], [0.0; LANES]);
    for part in numbers.chunks(16 * LANES) {
        let mut weights = [0.0; 16 * LANES];
        let weights = &mut weights[..part.len()];
        for (weight, number) in weights.iter_mut().zip(part) {
            *weight = number - m;
        }
        exp_all(weights);
        for (weights, numbers) in weights.chunks(LANES).zip(part.chunks(LANES)) {
            let lanes = sums.iter_mut().zip(&mut slopes);
            for ((sum, slope), (e, number)) in lanes.zip(weights.iter().zip(numbers)) {
                *sum += e;
                *slope += e * (number - m);
            }
        }
    }
    (sums.iter().sum(), slopes.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::{largest, mass, sum};

    /// Of every length up to a few registers, so that no rest is forgotten.
    fn samples() -> impl Iterator<Item = Vec<f32>> {
        let number = |i: usize| ((i * 37 + 11) % 101) as f32 / 5.0 - 9.0;
        (0..300).map(move |length| (length..2 * length).map(number).collect())
    }

    fn close(found: f32, expected: f64) {
        let error = (f64::from(found) - expected).abs();
        assert!(
            error <= 1e-6 * (1.0 + expected.abs()),
            "{found}, expected {expected}"
        );
    }

    #[test]
    fn sums_and_the_largest_are_those_of_f64() {
        for numbers in samples() {
            close(sum(&numbers), numbers.iter().map(|l| f64::from(*l)).sum());
            let expected = numbers.iter().copied().fold(f32::MIN, f32::max);
            assert_eq!(largest(&numbers), expected);
            let gaps = numbers.iter().map(|l| f64::from(*l) - f64::from(expected));
            let (found, slope) = mass(&numbers, expected);
            close(found, gaps.clone().map(f64::exp).sum());
            close(slope, gaps.map(|gap| gap * gap.exp()).sum());
        }
    }
}
