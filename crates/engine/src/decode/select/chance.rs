//! Random numbers for the order of commits.

use crate::random::{bits, gumbel, row_key, uniform};

/// Stands where a token's id stands in the key of its noise: no vocabulary reaches it, so the
/// order is independent of what is proposed.
const ORDER: u32 = u32::MAX;

/// Uniform in (0, 1), a function of (seed, step, position).
pub fn uniform_at(seed: u64, step: u32, position: u32) -> f32 {
    uniform(bits(row_key(seed, step, position), ORDER))
}

/// Standard Gumbel noise, a function of (seed, step, position).
pub fn gumbel_at(seed: u64, step: u32, position: u32) -> f32 {
    gumbel(bits(row_key(seed, step, position), ORDER))
}
