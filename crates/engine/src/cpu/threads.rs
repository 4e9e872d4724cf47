//! Work in parts, on as many threads as there are: `rayon` natively, one thread in the browser.

/// Work below so many multiply-adds is done before another thread has woken up.
#[cfg(not(target_arch = "wasm32"))]
const LEAST: usize = 1 << 20;

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

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_are_in_order_whatever_the_work() {
        for work in [0, usize::MAX] {
            assert_eq!(map(5, work, |i| i * i), [0, 1, 4, 9, 16]);
            assert_eq!(map(0, work, |i| i), [0; 0]);
        }
    }
}
