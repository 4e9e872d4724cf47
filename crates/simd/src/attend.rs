//! The two products of attention with queries side by side in the lanes of registers: keys and values
//! are read as they lie, a number at a time, and softmax has no sum across lanes.

use crate::exp_all;

/// Queries that are attended for at once.
pub const LANES: usize = 16;

/// A number of each query.
pub type Lanes = [f32; LANES];

/// A number of each query in registers.
trait Vector: Copy {
    fn of(lanes: &Lanes) -> Self;
    fn lanes(self) -> Lanes;
    /// `self + a * factor`
    fn add_product(self, a: Self, factor: f32) -> Self;
}

impl Vector for Lanes {
    #[inline(always)]
    fn of(lanes: &Lanes) -> Self {
        *lanes
    }

    #[inline(always)]
    fn lanes(self) -> Lanes {
        self
    }

    #[inline(always)]
    fn add_product(mut self, a: Self, factor: f32) -> Self {
        for (sum, a) in self.iter_mut().zip(a) {
            *sum += a * factor;
        }
        self
    }
}

/// `scores[key] = Σ over i of queries[i] keys[key, i]`, for keys of as many numbers as the queries
/// have, one behind the other.
///
/// # Panics
/// When there are fewer keys than scores, or the queries have no numbers.
pub fn score(queries: &[Lanes], keys: &[f32], scores: &mut [Lanes]) {
    assert!(!queries.is_empty() && keys.len() >= scores.len() * queries.len());
    run(Product::Scores, queries, keys, scores);
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
    run(Product::Values, weights, values, sums);
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
            *sum = sum.add_product(input, numbers[i * step + n * apart]);
        }
    }
    for (output, sum) in outputs.iter_mut().zip(sums) {
        *output = sum.lanes();
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the branches cover what the functions need")]
fn run(product: Product, inputs: &[Lanes], numbers: &[f32], outputs: &mut [Lanes]) {
    use crate::Instructions;

    let set = Instructions::best();
    if set == Instructions::Avx512Vnni {
        // SAFETY: the machine has the instructions.
        unsafe { x86::run_avx512(product, inputs, numbers, outputs) }
    } else if set == Instructions::Avx2 && is_x86_feature_detected!("fma") {
        // SAFETY: the machine has the instructions.
        unsafe { x86::run_avx2(product, inputs, numbers, outputs) }
    } else {
        blocks::<Lanes, 2>(product, inputs, numbers, outputs);
    }
}

#[cfg(target_arch = "wasm32")]
fn run(product: Product, inputs: &[Lanes], numbers: &[f32], outputs: &mut [Lanes]) {
    blocks::<wasm::Four, 3>(product, inputs, numbers, outputs);
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
fn run(product: Product, inputs: &[Lanes], numbers: &[f32], outputs: &mut [Lanes]) {
    blocks::<Lanes, 4>(product, inputs, numbers, outputs);
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions that the callers have")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{LANES, Lanes, Product, Vector, blocks};

    #[derive(Clone, Copy)]
    struct Wide(__m512);

    impl Vector for Wide {
        #[inline(always)]
        fn of(lanes: &Lanes) -> Self {
            // SAFETY: run_avx512 has the instructions, and there are 16 numbers.
            Self(unsafe { _mm512_loadu_ps(lanes.as_ptr()) })
        }

        #[inline(always)]
        fn lanes(self) -> Lanes {
            let mut lanes = [0.0; LANES];
            // SAFETY: as above.
            unsafe { _mm512_storeu_ps(lanes.as_mut_ptr(), self.0) };
            lanes
        }

        #[inline(always)]
        fn add_product(self, a: Self, factor: f32) -> Self {
            // SAFETY: run_avx512 has the instructions.
            Self(unsafe { _mm512_fmadd_ps(a.0, _mm512_set1_ps(factor), self.0) })
        }
    }

    #[derive(Clone, Copy)]
    struct Pair(__m256, __m256);

    impl Vector for Pair {
        #[inline(always)]
        fn of(lanes: &Lanes) -> Self {
            // SAFETY: run_avx2 has the instructions, and there are 16 numbers.
            unsafe {
                Self(
                    _mm256_loadu_ps(lanes.as_ptr()),
                    _mm256_loadu_ps(lanes[8..].as_ptr()),
                )
            }
        }

        #[inline(always)]
        fn lanes(self) -> Lanes {
            let mut lanes = [0.0; LANES];
            // SAFETY: as above.
            unsafe {
                _mm256_storeu_ps(lanes.as_mut_ptr(), self.0);
                _mm256_storeu_ps(lanes[8..].as_mut_ptr(), self.1);
            }
            lanes
        }

        #[inline(always)]
        fn add_product(self, a: Self, factor: f32) -> Self {
            // SAFETY: run_avx2 has the instructions.
            unsafe {
                let factor = _mm256_set1_ps(factor);
                Self(
                    _mm256_fmadd_ps(a.0, factor, self.0),
                    _mm256_fmadd_ps(a.1, factor, self.1),
                )
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    pub fn run_avx512(product: Product, inputs: &[Lanes], numbers: &[f32], outputs: &mut [Lanes]) {
        blocks::<Wide, 8>(product, inputs, numbers, outputs);
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn run_avx2(product: Product, inputs: &[Lanes], numbers: &[f32], outputs: &mut [Lanes]) {
        blocks::<Pair, 6>(product, inputs, numbers, outputs);
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32::*;

    use super::{Lanes, Vector};

    #[derive(Clone, Copy)]
    pub struct Four([v128; 4]);

    impl Vector for Four {
        #[inline(always)]
        fn of(lanes: &Lanes) -> Self {
            Self(bytemuck::cast(*lanes))
        }

        #[inline(always)]
        fn lanes(self) -> Lanes {
            bytemuck::cast(self.0)
        }

        #[inline(always)]
        fn add_product(self, a: Self, factor: f32) -> Self {
            let factor = f32x4_splat(factor);
            let [a0, a1, a2, a3] = a.0;
            let [s0, s1, s2, s3] = self.0;
            Self([
                f32x4_add(s0, f32x4_mul(a0, factor)),
                f32x4_add(s1, f32x4_mul(a1, factor)),
                f32x4_add(s2, f32x4_mul(a2, factor)),
                f32x4_add(s3, f32x4_mul(a3, factor)),
            ])
        }
    }
}

/// What softmax knows of each query's keys so far.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    /// The largest scores.
    pub largest: Lanes,
    /// Sums of weights, relative to that of the largest score.
    pub totals: Lanes,
}

impl Softmax {
    /// Replaces every score s by its weight `e^(scale (s - m))`, where m is the largest one so far;
    /// gives the factors by which what was summed up before is to be multiplied.
    pub fn weigh(&mut self, scores: &mut [Lanes], scale: f32) -> Lanes {
        let mut factors = self.largest;
        for score in scores.iter() {
            for (m, s) in self.largest.iter_mut().zip(score) {
                *m = if *s > *m { *s } else { *m };
            }
        }
        for (factor, m) in factors.iter_mut().zip(self.largest) {
            *factor = (*factor - m) * scale;
        }
        exp_all(&mut factors);
        for score in scores.iter_mut() {
            for (s, m) in score.iter_mut().zip(self.largest) {
                *s = (*s - m) * scale;
            }
        }
        exp_all(scores.as_flattened_mut());
        for (total, factor) in self.totals.iter_mut().zip(factors) {
            *total *= factor;
        }
        for score in scores.iter() {
            for (total, weight) in self.totals.iter_mut().zip(score) {
                *total += weight;
            }
        }
        factors
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

    #[test]
    fn hidden_scores_weigh_nothing() {
        let mut state = Softmax {
            largest: [f32::MIN; LANES],
            totals: [0.0; LANES],
        };
        let mut scores = [[f32::MIN; LANES], [1.0; LANES], [f32::MIN; LANES]];
        state.weigh(&mut scores, 0.125);
        assert_eq!(scores.map(|lanes| lanes[3]), [0.0, 1.0, 0.0]);
        assert_eq!(state.totals[3], 1.0);
    }

    #[test]
    fn weights_of_parts_are_those_of_the_whole() {
        let scores = lanes(50, 5);
        let mut state = Softmax {
            largest: [f32::MIN; LANES],
            totals: [0.0; LANES],
        };
        let mut weights: Vec<Lanes> = Vec::new();
        for part in scores.chunks(20) {
            let mut part = part.to_vec();
            let factors = state.weigh(&mut part, 0.7);
            for lanes in &mut weights {
                for (weight, factor) in lanes.iter_mut().zip(factors) {
                    *weight *= factor;
                }
            }
            weights.extend(part);
        }
        for lane in 0..LANES {
            let exponents = scores.iter().map(|s| (0.7 * f64::from(s[lane])).exp());
            let total: f64 = exponents.clone().sum();
            for (weight, expected) in weights.iter().zip(exponents) {
                close(weight[lane] / state.totals[lane], expected / total);
            }
        }
    }
}
