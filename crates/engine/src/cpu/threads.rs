//! Work in parts, on as many threads as there are: `rayon` natively, one thread in the browser.

/// Work below so many multiply-adds is done before another thread has woken up.
#[cfg(not(target_arch = "wasm32"))]
const LEAST: usize = 1 << 22;

/// The results of `part(0)` to `part(count - 1)`, in this order, which are `work` multiply-adds in all.
#[cfg(not(target_arch = "wasm32"))]
pub fn map<T: Send>(count: usize, work: usize, part: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    use rayon::prelude::*;

    match work < LEAST || rayon::current_num_threads() == 1 {
        true => (0..count).map(part).collect(),
        false => (0..count).into_par_iter().map(part).collect(),
    }
}

/// The results of `part(0)` to `part(count - 1)`, in this order.
#[cfg(target_arch = "wasm32")]
pub fn map<T>(count: usize, _work: usize, part: impl Fn(usize) -> T) -> Vec<T> {
    (0..count).map(part).collect()
}

/// Calls `each` with the number and the numbers of every row of `rows`, which are `stride` long; the
/// calls are `work` multiply-adds in all.
#[cfg(not(target_arch = "wasm32"))]
pub fn for_rows(
    rows: &mut [f32],
    stride: usize,
    work: usize,
    each: impl Fn(usize, &mut [f32]) + Sync + Send,
) {
    use rayon::prelude::*;

    match work < LEAST || rayon::current_num_threads() == 1 {
        true => in_turn(rows, stride, each),
        false => rows
            .par_chunks_exact_mut(stride)
            .enumerate()
            .for_each(|(r, row)| each(r, row)),
    }
}

/// Calls `each` with the number and the numbers of every row of `rows`, which are `stride` long.
#[cfg(target_arch = "wasm32")]
pub fn for_rows(rows: &mut [f32], stride: usize, _work: usize, each: impl Fn(usize, &mut [f32])) {
    in_turn(rows, stride, each);
}

fn in_turn(rows: &mut [f32], stride: usize, each: impl Fn(usize, &mut [f32])) {
    for (r, row) in rows.chunks_exact_mut(stride).enumerate() {
        each(r, row);
    }
}

#[cfg(test)]
mod tests {
    use super::{for_rows, map};

    #[test]
    fn rows_know_their_number_whatever_the_work() {
        for work in [0, usize::MAX] {
            let mut rows = [0.5; 6];
            for_rows(&mut rows, 2, work, |r, row| row[1] += r as f32);
            assert_eq!(rows, [0.5, 0.5, 0.5, 1.5, 0.5, 2.5]);
        }
    }

    #[test]
    fn results_are_in_order_whatever_the_work() {
        for work in [0, usize::MAX] {
            assert_eq!(map(5, work, |i| i * i), [0, 1, 4, 9, 16]);
            assert_eq!(map(0, work, |i| i), [0; 0]);
        }
    }
}
