//! The two products of attention with queries side by side in the lanes of registers: keys and values
//! are read as they lie, a number at a time, and softmax has no sum across lanes.

use crate::lanes::{LANES, Lanes, Task, Vector, run};

/// `scores[key] = Σ over i of queries[i] keys[key, i]`, for keys of as many numbers as the queries
/// have, one behind the other.
///
/// # Panics
/// When there are fewer keys than scores, or the queries have no numbers.
pub fn score(queries: &[Lanes], keys: &[f32], scores: &mut [Lanes]) {
    assert!(!queries.is_empty() && keys.len() >= scores.len() * queries.len());
    run(Products {
        product: Product::Scores,
        inputs: queries,
        numbers: keys,
        outputs: scores,
    });
}

/// `sums[i] += Σ over keys of weights[key] values[key, i]`, for values of as many numbers as there are
/// sums, one behind the other.
///
/// # Panics
/// When there are fewer values than weights.
pub fn add_values(weights: &[Lanes], values: &[f32], sums: &mut [Lanes]) {
    assert!(values.len() >= weights.len() * sums.len());
    if weights.is_empty() {
        return;
    }
    run(Products {
        product: Product::Values,
        inputs: weights,
        numbers: values,
        outputs: sums,
    });
}

/// Which of the two.
#[derive(Clone, Copy)]
enum Product {
    Scores,
    Values,
}

impl Product {
    /// Where the numbers of an output begin, and how far apart they are.
    #[inline(always)]
    fn steps(self, inner: usize, outputs: usize) -> (usize, usize) {
        match self {
            Self::Scores => (inner, 1),
            Self::Values => (1, outputs),
        }
    }
}

/// One of the two, with its factors.
struct Products<'a> {
    product: Product,
    inputs: &'a [Lanes],
    numbers: &'a [f32],
    outputs: &'a mut [Lanes],
}

impl Task for Products<'_> {
    #[inline(always)]
    fn run<V: Vector, const N: usize>(self) {
        blocks::<V, N>(self.product, self.inputs, self.numbers, self.outputs);
    }
}

/// `N` outputs at a time, so many as registers hold.
#[inline(always)]
fn blocks<V: Vector, const N: usize>(
    product: Product,
    inputs: &[Lanes],
    numbers: &[f32],
    outputs: &mut [Lanes],
) {
    let (apart, step) = product.steps(inputs.len(), outputs.len());
    let count = outputs.len() / N * N;
    let (whole, rest) = outputs.split_at_mut(count);
    for (b, outputs) in whole.chunks_exact_mut(N).enumerate() {
        block::<V, N>(
            product,
            inputs,
            &numbers[b * N * apart..],
            (apart, step),
            outputs,
        );
    }
    for (i, output) in rest.chunks_exact_mut(1).enumerate() {
        let numbers = &numbers[(count + i) * apart..];
        block::<V, 1>(product, inputs, numbers, (apart, step), output);
    }
}

#[inline(always)]
fn block<V: Vector, const N: usize>(
    product: Product,
    inputs: &[Lanes],
    numbers: &[f32],
    (apart, step): (usize, usize),
    outputs: &mut [Lanes],
) {
    let mut sums: [V; N] = std::array::from_fn(|n| match product {
        Product::Scores => V::of(&[0.0; LANES]),
        Product::Values => V::of(&outputs[n]),
    });
    // One check for all that is read.
    let numbers = &numbers[..(inputs.len() - 1) * step + (N - 1) * apart + 1];
    for (i, input) in inputs.iter().enumerate() {
        let input = V::of(input);
        for (n, sum) in sums.iter_mut().enumerate() {
            *sum = sum.add_products(input, V::splat(numbers[i * step + n * apart]));
        }
    }
    for (output, sum) in outputs.iter_mut().zip(sums) {
        *output = sum.lanes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        let number = |i: usize| ((i * 37 + seed * 11) % 101) as f32 / 50.0 - 1.0;
        (0..count).map(number).collect()
    }

    fn lanes(count: usize, seed: usize) -> Vec<Lanes> {
        let numbers = numbers(count * LANES, seed);
        numbers.as_chunks().0.to_vec()
    }

    fn close(found: f32, expected: f64) {
        let error = (f64::from(found) - expected).abs();
        assert!(error < 1e-5 * (1.0 + expected.abs()), "{found}, {expected}");
    }

    #[test]
    fn products_are_those_of_f64() {
        // Sizes with and without a rest for every instruction set.
        for (keys, size) in [(1, 4), (7, 20), (24, 64), (256, 80), (0, 8)] {
            let (queries, k) = (lanes(size, 1), numbers(keys * size, 2));
            let mut scores = vec![[9.0; LANES]; keys];
            score(&queries, &k, &mut scores);
            let weights = lanes(keys, 3);
            let before = lanes(size, 4);
            let mut sums = before.clone();
            add_values(&weights, &k, &mut sums);
            for lane in 0..LANES {
                let of = |lanes: &[Lanes], i: usize| f64::from(lanes[i][lane]);
                let k = |key: usize, i: usize| f64::from(k[key * size + i]);
                for (key, score) in scores.iter().enumerate() {
                    let products = (0..size).map(|i| of(&queries, i) * k(key, i));
                    close(score[lane], products.sum());
                }
                for (i, sum) in sums.iter().enumerate() {
                    let products = (0..keys).map(|key| of(&weights, key) * k(key, i));
                    close(sum[lane], of(&before, i) + products.sum::<f64>());
                }
            }
        }
    }

    #[test]
    fn a_query_has_the_same_bits_whatever_the_others_are() {
        let (queries, k) = (lanes(64, 1), numbers(31 * 64, 2));
        let mut alone = queries.clone();
        for lanes in &mut alone {
            lanes[1..].fill(0.0);
        }
        let mut found = [vec![[0.0; LANES]; 31], vec![[0.0; LANES]; 31]];
        score(&queries, &k, &mut found[0]);
        score(&alone, &k, &mut found[1]);
        for (together, alone) in found[0].iter().zip(&found[1]) {
            assert_eq!(together[0].to_bits(), alone[0].to_bits());
        }
    }
}
