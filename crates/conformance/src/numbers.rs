//! Deterministic inputs.

use unmask_engine::random;
use unmask_engine::weights::Format;

/// Numbers in -1..1, about half of them small.
#[must_use]
pub fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let number = |i| {
        let x = random::uniform(random::bits(random::row_key(seed, 0, 0), i)) * 2.0 - 1.0;
        x * x.abs()
    };
    (0..count as u32).map(number).collect()
}

/// `rows` of `k` numbers as the words of a buffer in `format`.
///
/// # Panics
/// When the rows do not fit the format.
#[must_use]
pub fn packed(format: Format, rows: &[f32], k: usize) -> Vec<u32> {
    let planes = format
        .pack(rows, k)
        .expect("small numbers in whole blocks fit");
    bytemuck::pod_collect_to_vec(&[planes.quants, planes.scales].concat())
}
