//! Matrix products by the `gemm` crate, which picks SIMD instructions at run time.

use std::ops::Range;

use gemm::Parallelism;

/// A matrix in a slice, its elements at `row * row_stride + column * column_stride`.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The slice.
    pub data: &'a [f32],
    /// Rows of the matrix.
    pub rows: usize,
    /// Columns of the matrix.
    pub columns: usize,
    /// Numbers from a row to the next.
    pub row_stride: usize,
    /// Numbers from a column to the next.
    pub column_stride: usize,
}

impl<'a> View<'a> {
    /// Rows of `columns` numbers, one behind the other.
    #[must_use]
    pub fn of_rows(data: &'a [f32], columns: usize) -> Self {
        Self {
            data,
            rows: data.len().checked_div(columns).unwrap_or(0),
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The same with rows and columns exchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Some of its columns.
    fn columns(self, columns: Range<usize>) -> Self {
        let start = (columns.start * self.column_stride).min(self.data.len());
        Self {
            data: &self.data[start..],
            columns: columns.len(),
            ..self
        }
    }

    /// Some of its rows.
    fn rows(self, rows: Range<usize>) -> Self {
        self.transposed().columns(rows).transposed()
    }

    /// The only row again where there is one.
    fn with_two_rows(self) -> Self {
        match self.rows {
            1 => Self {
                rows: 2,
                row_stride: 0,
                ..self
            },
            _ => self,
        }
    }

    /// One more than the largest index of an element.
    fn end(&self) -> usize {
        match (self.rows, self.columns) {
            (0, _) | (_, 0) => 0,
            (rows, columns) => {
                (rows - 1) * self.row_stride + (columns - 1) * self.column_stride + 1
            }
        }
    }
}

/// Writes `a b` into `out`, whose rows are `stride` apart.
///
/// # Panics
/// When the inner sizes differ, or a matrix is longer than its slice.
pub fn multiply(a: View, b: View, out: &mut [f32], stride: usize) {
    apply(a, b, out, stride, false);
}

/// Adds `a b` to `out`, whose rows are `stride` apart.
///
/// # Panics
/// When the inner sizes differ, or a matrix is longer than its slice.
pub fn multiply_add(a: View, b: View, out: &mut [f32], stride: usize) {
    apply(a, b, out, stride, true);
}

/// The crate sums a long inner size in parts that depend on the outer sizes. So that a row does not
/// depend on the others, it is given parts that it does not divide.
const INNER: usize = 512;

fn apply(a: View, b: View, out: &mut [f32], stride: usize, adds: bool) {
    assert_eq!(a.columns, b.rows, "the inner sizes agree");
    assert!(a.end() <= a.data.len() && b.end() <= b.data.len());
    let inner = a.columns;
    apply_part(
        a.columns(0..inner.min(INNER)),
        b.rows(0..inner.min(INNER)),
        out,
        stride,
        adds,
    );
    for first in (INNER..inner).step_by(INNER) {
        let part = first..inner.min(first + INNER);
        apply_part(a.columns(part.clone()), b.rows(part), out, stride, true);
    }
}

/// Products with at most so many numbers have a kernel of their own, if both factors lie along the
/// inner size.
const SMALL: usize = 256;

/// The crate sums in another order where the product is small or a factor is a vector: those are
/// given to it turned, and with a spare row and column.
fn apply_part(a: View, b: View, out: &mut [f32], stride: usize, adds: bool) {
    let (rows, columns) = (a.rows, b.columns);
    if rows > 1 && columns > 1 && rows * columns > SMALL {
        return gemm(a, b, out, stride, adds);
    }
    let mut turned = vec![0.0; a.columns * rows.max(2)]; // [inner, rows]
    for (i, turned) in turned.chunks_exact_mut(rows.max(2)).enumerate() {
        for (r, to) in turned[..rows].iter_mut().enumerate() {
            *to = a.data[r * a.row_stride + i * a.column_stride];
        }
    }
    let a = View::of_rows(&turned, rows.max(2)).transposed();
    let b = b.transposed().with_two_rows().transposed();
    let mut twice = vec![0.0; a.rows * b.columns];
    let outs = out.chunks(stride.max(1)).take(rows);
    for (twice, out) in twice.chunks_exact_mut(b.columns.max(1)).zip(outs) {
        twice[..columns].copy_from_slice(&out[..columns]);
    }
    gemm(a, b, &mut twice, b.columns, adds);
    let outs = out.chunks_mut(stride.max(1)).take(rows);
    for (twice, out) in twice.chunks_exact(b.columns.max(1)).zip(outs) {
        out[..columns].copy_from_slice(&twice[..columns]);
    }
}

#[expect(
    unsafe_code,
    reason = "the gemm crate takes raw pointers; the asserts cover its reads and writes"
)]
fn gemm(a: View, b: View, out: &mut [f32], stride: usize, adds: bool) {
    assert_eq!(a.columns, b.rows, "the inner sizes agree");
    assert!(a.end() <= a.data.len() && b.end() <= b.data.len());
    assert!(b.columns <= stride);
    assert!(a.rows == 0 || out.len() >= (a.rows - 1) * stride + b.columns);
    // SAFETY: every element of a and b is inside its slice, and out reaches element
    // (rows - 1) * stride + columns - 1, by the asserts; out is borrowed mutably, so nothing
    // aliases.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.as_mut_ptr(),
            1,
            stride as isize,
            adds,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strided_views_multiply_like_matrices() {
        // a is [2, 3] with a gap behind each row; b is stored transposed.
        let a = [1.0, 2.0, 3.0, 0.0, 4.0, 5.0, 6.0];
        let b = [1.0, 0.0, 2.0, 0.0, 1.0, -1.0];
        let view = |data, rows, columns, row_stride| View {
            data,
            rows,
            columns,
            row_stride,
            column_stride: 1,
        };
        let mut out = [9.0; 5];
        let b = view(&b, 2, 3, 3).transposed();
        multiply(view(&a, 2, 3, 4), b, &mut out, 3);
        assert_eq!(out, [7.0, -1.0, 9.0, 16.0, -1.0]);
        multiply_add(view(&a, 2, 3, 4), b, &mut out, 3);
        assert_eq!(out, [14.0, -2.0, 9.0, 32.0, -2.0]);
        multiply(view(&a, 0, 3, 4), b, &mut out, 3);
    }

    #[test]
    #[should_panic(expected = "a.end()")]
    fn a_view_beyond_its_slice_is_refused() {
        let view = View {
            data: &[0.0; 5],
            rows: 2,
            columns: 3,
            row_stride: 3,
            column_stride: 1,
        };
        multiply(view, view.transposed(), &mut [0.0; 4], 2);
    }
}
