//! Work in parts, on as many threads as there are: `rayon` natively; in the browser the workers of
//! the page, where the module was built for them, else one thread.
//!
//! A part computes the same whoever does it and whatever the others do, so that results have the same
//! bits on any number of threads.

#[cfg(not(target_arch = "wasm32"))]
#[path = "native.rs"]
mod kind;
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
#[path = "workers.rs"]
mod kind;
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
#[path = "alone.rs"]
mod kind;

#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub use kind::POOL;
pub use kind::{for_rows, map};

/// Calls `each` with the number and the numbers of every row of `rows`, counted from `first`.
fn in_turn(first: usize, rows: &mut [f32], stride: usize, each: impl Fn(usize, &mut [f32])) {
    for (r, row) in rows.chunks_exact_mut(stride).enumerate() {
        each(first + r, row);
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
