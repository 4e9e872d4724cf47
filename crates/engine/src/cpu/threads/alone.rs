//! This thread.

use super::in_turn;

/// The results of `part(0)` to `part(count - 1)`, in this order.
pub fn map<T>(count: usize, _work: usize, part: impl Fn(usize) -> T) -> Vec<T> {
    (0..count).map(part).collect()
}

/// Calls `each` with the number and the numbers of every row of `rows`, which are `stride` long.
pub fn for_rows(rows: &mut [f32], stride: usize, _work: usize, each: impl Fn(usize, &mut [f32])) {
    in_turn(0, rows, stride, each);
}
