//! Counter-based random numbers: a pure function of (seed, step, position, token).
//!
//! CPU and GPU evaluate the same 32-bit arithmetic (`shaders/lib/random.wgsl`), so a run is
//! reproducible whatever the batching. The mixer is the `lowbias32` permutation
//! (Wellons, "Prospecting for Hash Functions").

/// One round of the 32-bit mixer.
#[must_use]
pub fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x21f0_aaad);
    x ^= x >> 15;
    x = x.wrapping_mul(0xd35a_2d97);
    x ^ (x >> 15)
}

/// The part of the key that all rows of one step share.
#[must_use]
pub fn step_key(seed: u64, step: u32) -> u32 {
    let [low, high] = [seed as u32, (seed >> 32) as u32];
    let key = mix(low.wrapping_add(0x9e37_79b9));
    let key = mix(high.wrapping_add(key));
    mix(step.wrapping_add(key))
}

/// The part of the key that all tokens of one row share; shipped to the GPU once per row.
#[must_use]
pub fn row_key(seed: u64, step: u32, position: u32) -> u32 {
    mix(position.wrapping_add(step_key(seed, step)))
}

/// 32 random bits for `token` of the row with `row_key`.
#[must_use]
pub fn bits(row_key: u32, token: u32) -> u32 {
    mix(token.wrapping_add(row_key))
}

/// Uniform number in (0, 1) with full relative precision near 0.
#[must_use]
pub fn uniform(bits: u32) -> f32 {
    ((bits as f32 + 0.5) * (1.0 / 4_294_967_296.0)).min(0.999_999_9)
}

/// Standard Gumbel noise from random bits: `-ln(-ln(1 - w))`.
///
/// `w` is resolved finely near 0, where the large values come from; a plain 24-bit uniform
/// would cap the noise near 16.6 (`-ln` of the spacing), which large vocabularies reach.
#[must_use]
pub fn gumbel(bits: u32) -> f32 {
    let w = uniform(bits);
    // log1p(-w) by its series where 1 - w would round.
    let log_survival = if w < 1e-3 {
        -w - 0.5 * w * w - w * w * w / 3.0
    } else {
        (1.0 - w).ln()
    };
    -(-log_survival).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gumbel_has_the_right_mean_and_variance() {
        let n = 200_000;
        let draws: Vec<f64> = (0..n)
            .map(|i| f64::from(gumbel(bits(row_key(7, 3, 1), i))))
            .collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean - 0.577_215).abs() < 0.01, "mean {mean}");
        assert!((variance - 1.644_934).abs() < 0.03, "variance {variance}");
    }

    #[test]
    fn extreme_bits_stay_finite() {
        for edge in [0, 1, u32::MAX - 1, u32::MAX] {
            assert!(gumbel(edge).is_finite());
        }
        assert!(gumbel(0) > 20.0, "the tail must reach beyond 16.6");
    }

    #[test]
    fn keys_differ_in_every_coordinate() {
        let base = row_key(1, 2, 3);
        assert_ne!(base, row_key(2, 2, 3));
        assert_ne!(base, row_key(1 << 32 | 1, 2, 3));
        assert_ne!(base, row_key(1, 3, 3));
        assert_ne!(base, row_key(1, 2, 4));
    }
}
