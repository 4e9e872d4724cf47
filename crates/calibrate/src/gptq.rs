//! GPTQ: rounding a column at a time, the rest making up for it.
//!
//! For column j of a row w, with U the upper factor of the inverse of the inputs' second moments:
//! q = round(w_j), e = (w_j - q) / U_jj, and w_i -= e U_ji for every later column i. Of all changes
//! of the later columns it is the one that moves the row's products least (arXiv 2210.17323,
//! equations 2 and 3; the factor is step 3 of its section 3.3). A block's scale is chosen when its
//! first column is reached, from the weights as they are by then.

use rayon::prelude::*;

use crate::blocks::{BLOCK, Block, Scheme};
use crate::gram::Factor;

/// Rows that go through the columns together: they share what is read of the factor.
const ROWS: usize = 16;

/// Rows of a weight, rounded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rounded {
    /// What the rounded weights are.
    pub weights: Vec<f32>,
    /// Their blocks as a file has them, row by row.
    pub blocks: Vec<u8>,
}

/// Rounds `rows`, each of as many weights as the factor has columns, a multiple of 32. Every row is
/// rounded by itself, so the result does not depend on the number of threads.
#[must_use]
pub fn round_rows(rows: &[f32], factor: &Factor, scheme: Scheme) -> Rounded {
    let columns = factor.columns();
    let importance: Vec<f64> = (0..columns).map(|j| factor.diagonal(j).powi(-2)).collect();
    let groups = rows.par_chunks(ROWS * columns);
    let rounded = groups.map(|rows| round_group(rows, factor, &importance, scheme));
    let groups: Vec<Rounded> = rounded.collect();
    let mut all = Rounded::default();
    for group in groups {
        all.weights.extend(group.weights);
        all.blocks.extend(group.blocks);
    }
    all
}

/// A few rows that go through the columns together.
fn round_group(rows: &[f32], factor: &Factor, importance: &[f64], scheme: Scheme) -> Rounded {
    let columns = factor.columns();
    let count = rows.len() / columns;
    let mut left: Vec<f64> = rows.iter().map(|weight| f64::from(*weight)).collect();
    for (index, weight) in left.iter_mut().enumerate() {
        if factor.is_dead(index % columns) {
            *weight = 0.0;
        }
    }
    let mut blocks = vec![Vec::new(); count];
    for first in (0..columns).step_by(BLOCK) {
        let range = first..first + BLOCK;
        for (row, blocks) in left.chunks_exact_mut(columns).zip(&mut blocks) {
            let scale = scheme.scale(&row[range.clone()], &importance[range.clone()]);
            let errors = round_block(row, first, factor, (scheme, scale), blocks);
            // The columns behind the block follow at once: the factor's rows are read one by one.
            for (j, error) in range.clone().zip(errors) {
                pass_on(&mut row[range.end..], error, &factor.row(j)[range.end..]);
            }
        }
    }
    Rounded {
        weights: left.iter().map(|weight| *weight as f32).collect(),
        blocks: blocks.concat(),
    }
}

/// Rounds the block of `row` that begins at column `first`, and appends it to `out`; the error of
/// each of its columns, over the factor's diagonal.
fn round_block(
    row: &mut [f64],
    first: usize,
    factor: &Factor,
    (scheme, scale): (Scheme, half::f16),
    out: &mut Vec<u8>,
) -> [f64; BLOCK] {
    let mut block = Block::new(scale);
    let mut errors = [0.0; BLOCK];
    let end = first + BLOCK;
    for (index, error) in errors.iter_mut().enumerate() {
        let j = first + index;
        let rounded = block.set(scheme, index, row[j]);
        *error = (row[j] - rounded) / factor.diagonal(j);
        row[j] = rounded;
        pass_on(&mut row[j + 1..end], *error, &factor.row(j)[j + 1..end]);
    }
    block.append(scheme, out);
    errors
}

fn pass_on(columns: &mut [f64], error: f64, factor: &[f64]) {
    for (weight, factor) in columns.iter_mut().zip(factor) {
        *weight -= error * factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::Gram;

    /// Numbers that look like chance and move together.
    fn inputs(count: usize, columns: usize) -> Vec<f32> {
        let number = |i: usize| ((i * 7919 % 1013) as f32 / 506.5) - 1.0;
        let row = |r: usize| {
            (0..columns).map(move |c| number(r * columns + c) + 2.0 * number(r * 31 + c / 8))
        };
        (0..count).flat_map(row).collect()
    }

    fn weights(rows: usize, columns: usize) -> Vec<f32> {
        let count = rows * columns;
        (0..count)
            .map(|i| ((i * 104_729 % 2003) as f32 / 1001.5) - 1.0)
            .collect()
    }

    fn cost(gram: &Gram, weights: &[f32], rounded: &[f32]) -> f64 {
        let columns = gram.columns();
        let rows = weights
            .chunks_exact(columns)
            .zip(rounded.chunks_exact(columns));
        let costs = rows.map(|(weights, rounded)| {
            let pairs = weights.iter().zip(rounded);
            let error: Vec<f64> = pairs.map(|(w, r)| f64::from(w - r)).collect();
            gram.cost(&error)
        });
        costs.sum()
    }

    #[test]
    fn products_move_less_than_by_rounding_to_the_nearest() {
        let (columns, rows) = (96, 40);
        let mut gram = Gram::new(columns);
        gram.add(&inputs(300, columns));
        let weights = weights(rows, columns);
        for scheme in [Scheme::Q4_0, Scheme::Q8_0] {
            let rounded = round_rows(&weights, &gram.factor().unwrap(), scheme);
            // A factor of nothing but a diagonal passes nothing on: rounding to the nearest.
            let mut apart = Gram::new(columns);
            for j in 0..columns {
                let mut input = vec![0.0; columns];
                input[j] = 1.0;
                apart.add(&input);
            }
            let nearest = round_rows(&weights, &apart.factor().unwrap(), scheme);
            let [ours, theirs] = [&rounded, &nearest].map(|r| cost(&gram, &weights, &r.weights));
            assert!(ours < 0.6 * theirs, "{scheme:?}: {ours} against {theirs}");
        }
    }

    #[test]
    fn rows_do_not_depend_on_each_other() {
        let columns = 64;
        let mut gram = Gram::new(columns);
        gram.add(&inputs(100, columns));
        let factor = gram.factor().unwrap();
        let weights = weights(50, columns);
        let all = round_rows(&weights, &factor, Scheme::Q4_0);
        let alone = round_rows(&weights[20 * columns..21 * columns], &factor, Scheme::Q4_0);
        assert_eq!(all.weights[20 * columns..21 * columns], alone.weights);
        let bytes = columns / BLOCK * Scheme::Q4_0.bytes();
        assert_eq!(all.blocks[20 * bytes..21 * bytes], alone.blocks);
    }
}
