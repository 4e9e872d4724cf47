//! Products of floats: against f64, and row by row.

use proptest::prelude::*;
use unmask_simd::{View, multiply, multiply_add};

/// `[rows, k]` times `[k, columns]`, the second factor stored as `[columns, k]` or as it is.
#[derive(Clone, Debug)]
struct Problem {
    shape: [usize; 3],
    a: Vec<f32>,
    b: Vec<f32>,
    transposed: bool,
}

impl Problem {
    fn b(&self) -> View<'_> {
        let [_, columns, k] = self.shape;
        match self.transposed {
            true => View::of_rows(&self.b, k).transposed(),
            false => View::of_rows(&self.b, columns),
        }
    }

    /// Of some rows; the products are added to 0.5.
    fn run(&self, a: &[f32]) -> Vec<f32> {
        let [_, columns, k] = self.shape;
        let mut out = vec![0.5; a.len() / k * columns];
        multiply_add(View::of_rows(a, k), self.b(), &mut out, columns);
        out
    }
}

fn problems() -> impl Strategy<Value = Problem> {
    let sizes = prop_oneof![1..5_usize, 5..40_usize, 60..70_usize];
    let inner = prop_oneof![1..5_usize, 60..70_usize, 250..260_usize, 700..704_usize];
    let shapes = (sizes.clone(), sizes, inner, any::<bool>());
    shapes.prop_flat_map(|(rows, columns, k, transposed)| {
        let a = prop::collection::vec(-1.0_f32..1.0, rows * k);
        let b = prop::collection::vec(-1.0_f32..1.0, k * columns);
        (a, b).prop_map(move |(a, b)| Problem {
            shape: [rows, columns, k],
            a,
            b,
            transposed,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn products_are_those_of_f64(problem in problems()) {
        let [rows, columns, k] = problem.shape;
        let added = problem.run(&problem.a);
        let mut set = vec![7.0; rows * columns];
        multiply(View::of_rows(&problem.a, k), problem.b(), &mut set, columns);
        for r in 0..rows {
            for c in 0..columns {
                let b = |i: usize| problem.b[if problem.transposed { c * k + i } else { i * columns + c }];
                let terms = (0..k).map(|i| f64::from(problem.a[r * k + i]) * f64::from(b(i)));
                let (sum, size) = terms.fold((0.0, 0.5), |(sum, size), t| (sum + t, size + t.abs()));
                let found = [set[r * columns + c], added[r * columns + c] - 0.5];
                for found in found {
                    prop_assert!((f64::from(found) - sum).abs() <= 2e-6 * size, "{found}, expected {sum}");
                }
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_the_others(problem in problems()) {
        let [_, columns, k] = problem.shape;
        let all = problem.run(&problem.a);
        for count in 1..=3 {
            for (a, out) in problem.a.chunks(count * k).zip(all.chunks(count * columns)) {
                prop_assert_eq!(problem.run(a), out, "{} rows alone", count);
            }
        }
        // Nor on how many columns there are.
        if problem.transposed && columns > 1 {
            let mut fewer = problem.clone();
            fewer.shape[1] = columns / 2;
            fewer.b.truncate(columns / 2 * k);
            for (fewer, all) in fewer.run(&problem.a).chunks(columns / 2).zip(all.chunks(columns)) {
                prop_assert_eq!(fewer, &all[..columns / 2]);
            }
        }
    }
}
