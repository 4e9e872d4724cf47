//! An exponential that compilers turn into SIMD code.

/// Below it the result is 0, and above it no bits overflow.
const LEAST: f32 = -87.0;

/// `e^x` for `x <= 0`, within 2e-7 relative; 0 below -87.
///
/// `e^x = 2^n e^r` with `|r| <= ln 2 / 2`; the polynomial is Cephes' `expf` (Moshier).
#[inline]
pub fn exp(x: f32) -> f32 {
    /// Shifts the fraction out of the mantissa, which rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let is_tiny = x < LEAST;
    let x = x.max(LEAST);
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let mut p = 1.987_569_1e-4;
    for c in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        p = p * r + c;
    }
    let power = f32::from_bits(((n as i32 + 127) << 23) as u32);
    if is_tiny {
        0.0
    } else {
        (p * r * r + r + 1.0) * power
    }
}

#[cfg(test)]
mod tests {
    use super::exp;

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
}
