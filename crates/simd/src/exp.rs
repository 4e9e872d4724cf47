//! An exponential for vector registers.

use crate::Instructions;
use crate::lanes::ROUND;

/// Below it the result is 0, and above it no bits overflow.
const LEAST: f32 = -87.0;
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Of Cephes' `expf` (Moshier), highest power first.
const POLYNOMIAL: [f32; 6] = [
    1.987_569_1e-4,
    1.398_199_9e-3,
    8.333_452e-3,
    4.166_579_6e-2,
    1.666_666_5e-1,
    0.5,
];

/// Replaces every `x <= 0` by `e^x`, within 2e-7 relative; by 0 below -87.
///
/// `e^x = 2^n e^r` with `|r| <= ln 2 / 2`. All instruction sets give the same bits.
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "the match covers what the functions need")
)]
pub fn exp_all(xs: &mut [f32]) {
    match Instructions::best() {
        Instructions::Portable => exp_each(xs),
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => unsafe { crate::x86::exp_all_avx2(xs) },
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512Vnni => unsafe { crate::x86::exp_all_avx512(xs) },
        #[cfg(target_arch = "wasm32")]
        Instructions::Simd128 | Instructions::RelaxedSimd => wasm::exp_all(xs),
    }
}

/// In plain Rust; inlined, so that the caller's instructions are used.
#[inline(always)]
pub(crate) fn exp_each(xs: &mut [f32]) {
    for x in xs {
        *x = exp(*x);
    }
}

#[inline(always)]
fn exp(x: f32) -> f32 {
    let is_tiny = x < LEAST;
    let x = x.max(LEAST);
    let turns = x * std::f32::consts::LOG2_E + ROUND;
    let n = turns - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let [mut p, rest @ ..] = POLYNOMIAL;
    for c in rest {
        p = p * r + c;
    }
    // The low bits of ROUND are 0, so those of the sum are n.
    let power = f32::from_bits(turns.to_bits().wrapping_add(127) << 23);
    if is_tiny {
        0.0
    } else {
        (p * r * r + r + 1.0) * power
    }
}

/// The wasm module is optimised for size when it is linked, which leaves loops as they are.
#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32::*;

    use super::{LEAST, LN_2_HIGH, LN_2_LOW, POLYNOMIAL, ROUND, exp_each};

    pub fn exp_all(xs: &mut [f32]) {
        let (quads, rest) = xs.as_chunks_mut::<4>();
        for xs in quads {
            *xs = bytemuck::cast(exp_four(bytemuck::cast(*xs)));
        }
        exp_each(rest);
    }

    fn exp_four(x: v128) -> v128 {
        let least = f32x4_splat(LEAST);
        let is_tiny = f32x4_lt(x, least);
        let x = f32x4_pmax(least, x);
        let turns = f32x4_mul(x, f32x4_splat(std::f32::consts::LOG2_E));
        let turns = f32x4_add(turns, f32x4_splat(ROUND));
        let n = f32x4_sub(turns, f32x4_splat(ROUND));
        let r = f32x4_sub(x, f32x4_mul(n, f32x4_splat(LN_2_HIGH)));
        let r = f32x4_sub(r, f32x4_mul(n, f32x4_splat(LN_2_LOW)));
        let [first, rest @ ..] = POLYNOMIAL;
        let mut p = f32x4_splat(first);
        for c in rest {
            p = f32x4_add(f32x4_mul(p, r), f32x4_splat(c));
        }
        let exponent = i32x4_add(turns, i32x4_splat(127));
        let p = f32x4_add(f32x4_mul(f32x4_mul(p, r), r), r);
        let e = f32x4_mul(f32x4_add(p, f32x4_splat(1.0)), i32x4_shl(exponent, 23));
        v128_andnot(e, is_tiny)
    }
}

#[cfg(test)]
mod tests {
    use super::{exp, exp_all};

    #[test]
    fn it_is_the_exponential() {
        for i in 0..=87_000 {
            let x = -(i as f32) / 1000.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2e-7, "e^{x}: {error}");
        }
        assert_eq!(exp(0.0), 1.0);
        for x in [-87.5, -1e9, -3e38, f32::NEG_INFINITY] {
            assert_eq!(exp(x), 0.0, "{x}");
        }
    }

    #[test]
    fn many_are_as_one_at_a_time() {
        let mut xs: Vec<f32> = (0..4099).map(|i| -(i as f32) * 0.022).collect();
        let expected: Vec<f32> = xs.iter().map(|x| exp(*x)).collect();
        exp_all(&mut xs);
        assert_eq!(xs, expected);
        assert!(xs.contains(&0.0) && xs.contains(&1.0));
    }
}
