//! The cores of this machine.

use rayon::prelude::*;

use super::in_turn;

/// Work below so many multiply-adds is done before another thread has woken up.
const LEAST: usize = 1 << 22;

/// The results of `part(0)` to `part(count - 1)`, in this order, which are `work` multiply-adds in all.
pub fn map<T: Send>(count: usize, work: usize, part: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    match is_for_one(work) {
        true => (0..count).map(part).collect(),
        false => (0..count).into_par_iter().map(part).collect(),
    }
}

/// Calls `each` with the number and the numbers of every row of `rows`, which are `stride` long; the
/// calls are `work` multiply-adds in all.
pub fn for_rows(
    rows: &mut [f32],
    stride: usize,
    work: usize,
    each: impl Fn(usize, &mut [f32]) + Sync + Send,
) {
    match is_for_one(work) {
        true => in_turn(0, rows, stride, each),
        false => rows
            .par_chunks_exact_mut(stride)
            .enumerate()
            .for_each(|(r, row)| each(r, row)),
    }
}

fn is_for_one(work: usize) -> bool {
    work < LEAST || rayon::current_num_threads() == 1
}
