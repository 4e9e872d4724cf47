//! The workers of the page that JavaScript started for this.

use unmask_pool::Pool;

use super::in_turn;

/// Work below so many multiply-adds is done before another thread has woken up.
const LEAST: usize = 1 << 20;

/// Parts of rows for each thread, so that one which is held up keeps the others waiting less.
const PARTS: usize = 4;

/// The workers.
pub static POOL: Pool = Pool::new();

/// The results of `part(0)` to `part(count - 1)`, in this order, which are `work` multiply-adds in all.
pub fn map<T: Send>(count: usize, work: usize, part: impl Fn(usize) -> T + Sync) -> Vec<T> {
    match work < LEAST {
        true => (0..count).map(part).collect(),
        false => POOL.map(count, part),
    }
}

/// Calls `each` with the number and the numbers of every row of `rows`, which are `stride` long; the
/// calls are `work` multiply-adds in all.
pub fn for_rows(
    rows: &mut [f32],
    stride: usize,
    work: usize,
    each: impl Fn(usize, &mut [f32]) + Sync,
) {
    if work < LEAST {
        return in_turn(0, rows, stride, each);
    }
    let count = (rows.len() / stride)
        .div_ceil(PARTS * POOL.threads())
        .max(1);
    let parts = rows.chunks_mut(count * stride).collect();
    POOL.for_each(parts, |i, part: &mut [f32]| {
        in_turn(i * count, part, stride, &each);
    });
}
