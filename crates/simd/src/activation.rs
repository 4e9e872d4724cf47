//! Activation functions over slices, by [`exp_all`].

use crate::exp_all;

/// Numbers at a time: their exponentials wait on the stack.
const PART: usize = 256;

/// Replaces every v by `v / (1 + e^-v)`.
pub fn silu(values: &mut [f32]) {
    weigh_by_sigmoid(values, |v| v);
}

/// Replaces every v by GPT-2's approximation, `v (1 + tanh(sqrt(2 / π) (v + 0.044715 v³))) / 2`.
pub fn gelu_tanh(values: &mut [f32]) {
    // (1 + tanh u) / 2 is the sigmoid of 2 u.
    weigh_by_sigmoid(values, |v| 2.0 * 0.797_884_6 * (v + 0.044_715 * v * v * v));
}

/// Replaces every v by `v (1 + erf(v / sqrt 2)) / 2`; erf within 1.5e-7 (Abramowitz & Stegun 7.1.26).
pub fn gelu(values: &mut [f32]) {
    const TERMS: [f32; 5] = [
        1.061_405_4,
        -1.453_152,
        1.421_413_7,
        -0.284_496_74,
        0.254_829_6,
    ];
    let in_root = |v: f32| v * std::f32::consts::FRAC_1_SQRT_2;
    let exponent = |v: f32| -in_root(v) * in_root(v);
    by_exponentials(values, exponent, |v, e| {
        let t = 1.0 / (1.0 + 0.327_591_1 * in_root(v).abs());
        let mut series = 0.0;
        for term in TERMS {
            series = (series + term) * t;
        }
        0.5 * v * (1.0 + (1.0 - series * e).copysign(v))
    });
}

/// `v / (1 + e^-t)`, t the argument of v.
#[inline(always)]
fn weigh_by_sigmoid(values: &mut [f32], argument: impl Fn(f32) -> f32) {
    by_exponentials(
        values,
        |v| -argument(v).abs(),
        |v, e| {
            let share = if argument(v) < 0.0 { e } else { 1.0 };
            v * share / (1.0 + e)
        },
    );
}

/// Replaces every v by `result(v, e^exponent(v))`; exponents are not above 0.
#[inline(always)]
fn by_exponentials(
    values: &mut [f32],
    exponent: impl Fn(f32) -> f32,
    result: impl Fn(f32, f32) -> f32,
) {
    for part in values.chunks_mut(PART) {
        let mut exponentials = [0.0; PART];
        let exponentials = &mut exponentials[..part.len()];
        for (e, v) in exponentials.iter_mut().zip(part.iter()) {
            *e = exponent(*v);
        }
        exp_all(exponentials);
        for (v, e) in part.iter_mut().zip(exponentials.iter()) {
            *v = result(*v, *e);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{gelu, gelu_tanh, silu};

    fn check(function: fn(&mut [f32]), expected: fn(f64) -> f64) {
        let inputs: Vec<f32> = (-3000..=3000).map(|i| i as f32 * 0.01).collect();
        let inputs = [&inputs[..], &[-1e30, -200.0, 200.0, 1e30]].concat();
        let mut found = inputs.clone();
        function(&mut found);
        for (v, found) in inputs.iter().zip(found) {
            let expected = expected(f64::from(*v));
            let error = (f64::from(found) - expected).abs();
            assert!(
                error <= 1e-6 * (1.0 + expected.abs()),
                "{v}: {found}, expected {expected}"
            );
        }
    }

    #[test]
    fn silu_is_v_times_its_sigmoid() {
        check(silu, |v| v / (1.0 + (-v).exp()));
    }

    #[test]
    fn gelu_tanh_is_by_tanh() {
        check(gelu_tanh, |v| {
            let u = (2.0 / std::f64::consts::PI).sqrt() * (v + 0.044_715 * v.powi(3));
            0.5 * v * (1.0 + u.tanh())
        });
    }

    /// By the series of the error function, which needs no approximation's constants.
    #[test]
    fn gelu_is_by_the_error_function() {
        check(gelu, |v| {
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
        });
    }

    #[test]
    fn what_is_no_number_stays_none() {
        for function in [silu, gelu, gelu_tanh] {
            let mut values = [f32::NAN, 0.0];
            function(&mut values);
            assert!(values[0].is_nan() && values[1] == 0.0);
        }
    }
}
