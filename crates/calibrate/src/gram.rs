//! What the inputs of a product are like: their second moments, and what follows from them for the
//! order of rounding.

use nalgebra::{DMatrix, DMatrixView};
use unmask_engine::{Error, Result};

/// Share of the mean of the diagonal that is added to all of it: the paper's.
const DAMPING: f64 = 0.01;

/// The sum of x x^T over the inputs x of a product.
#[derive(Clone, Debug)]
pub struct Gram {
    sum: DMatrix<f64>,
    rows: u64,
}

impl Gram {
    /// Of no input yet; inputs have `columns` numbers.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self {
            sum: DMatrix::zeros(columns, columns),
            rows: 0,
        }
    }

    /// Numbers of an input.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.sum.nrows()
    }

    /// Inputs so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds inputs, one after the other.
    pub fn add(&mut self, inputs: &[f32]) {
        let columns = self.columns();
        let rows = inputs.len() / columns;
        // Inputs are columns to a library that stores matrices by columns.
        let x = DMatrixView::from_slice(&inputs[..rows * columns], columns, rows);
        let product = x * x.transpose();
        self.sum
            .zip_apply(&product, |sum, product| *sum += f64::from(product));
        self.rows += rows as u64;
    }

    /// x^T (sum) x: what an error of a row of weights costs at the output, squared and summed over
    /// the inputs.
    #[must_use]
    pub fn cost(&self, error: &[f64]) -> f64 {
        let error = nalgebra::DVector::from_column_slice(error);
        (&self.sum * &error).dot(&error)
    }

    /// The factor by which errors are passed on.
    ///
    /// # Errors
    /// `bad_file` where the inputs are not finite: the network overflows.
    pub fn factor(&self) -> Result<Factor> {
        let n = self.columns();
        let mut sum = self.sum.clone();
        let is_dead: Vec<bool> = (0..n).map(|j| sum[(j, j)] == 0.0).collect();
        let damping = DAMPING * sum.trace() / n as f64;
        for j in 0..n {
            sum[(j, j)] += if is_dead[j] { 1.0 } else { damping };
        }
        // H = V V^T with an upper V is the usual factorisation from the other end; then
        // H^-1 = V^-T V^-1, so that the upper factor of the inverse is V^-1, without an inverse.
        let turned = DMatrix::from_fn(n, n, |i, j| sum[(n - 1 - i, n - 1 - j)]);
        let lower = turned.cholesky().ok_or_else(|| {
            Error::bad_file("the network's activations are not finite; its weights are damaged")
        })?;
        let inverse = lower.l().solve_lower_triangular(&DMatrix::identity(n, n));
        let inverse = inverse.expect("a Cholesky factor has no zero on its diagonal");
        let mut rows = vec![0.0; n * n];
        for i in 0..n {
            for j in i..n {
                rows[i * n + j] = inverse[(n - 1 - i, n - 1 - j)];
            }
        }
        Ok(Factor {
            rows,
            columns: n,
            is_dead,
        })
    }
}

/// The upper factor U of the inverse of the damped sum H: U^T U = H^-1. Row j says how much each later
/// column must change for an error in column j.
#[derive(Clone, Debug)]
pub struct Factor {
    rows: Vec<f64>,
    columns: usize,
    is_dead: Vec<bool>,
}

impl Factor {
    /// Columns of the weight.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Row j; what is left of the diagonal is 0.
    #[must_use]
    pub fn row(&self, j: usize) -> &[f64] {
        &self.rows[j * self.columns..][..self.columns]
    }

    /// The number on the diagonal.
    #[must_use]
    pub fn diagonal(&self, j: usize) -> f64 {
        self.rows[j * self.columns + j]
    }

    /// Whether no input ever had anything in column j.
    #[must_use]
    pub fn is_dead(&self, j: usize) -> bool {
        self.is_dead[j]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_is_that_of_the_inverse() {
        let mut gram = Gram::new(3);
        gram.add(&[1.0, 2.0, 0.5, -1.0, 1.0, 3.0, 0.5, 0.0, 1.0]);
        assert_eq!(gram.rows(), 3);
        let factor = gram.factor().unwrap();
        let u = DMatrix::from_fn(3, 3, |i, j| factor.row(i)[j]);
        let mut damped = gram.sum.clone();
        let damping = DAMPING * damped.trace() / 3.0;
        damped += DMatrix::identity(3, 3) * damping;
        let product = u.transpose() * &u * damped;
        assert!((product - DMatrix::identity(3, 3)).amax() < 1e-9);
        assert!(u[(1, 0)] == 0.0 && u[(2, 1)] == 0.0, "it is upper");
    }

    #[test]
    fn a_column_without_inputs_is_dead() {
        let mut gram = Gram::new(2);
        gram.add(&[1.0, 0.0, 2.0, 0.0]);
        let factor = gram.factor().unwrap();
        assert!(!factor.is_dead(0) && factor.is_dead(1));
        assert_eq!(factor.row(0)[1], 0.0);
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        let mut gram = Gram::new(2);
        gram.add(&[f32::NAN, 1.0]);
        assert!(gram.factor().unwrap_err().message.contains("not finite"));
    }
}
