//! Integer products: every instruction set against plain Rust to the bit, plain Rust against f64.

use half::f16;
use proptest::prelude::*;
use unmask_simd::{BLOCK, Blocks, COLUMNS, Instructions, Quants, Tile};

/// A product of a few rows with one tile.
#[derive(Clone, Debug)]
struct Problem {
    kind: Quants,
    k: usize,
    x: Vec<f32>,      // [rows, k]
    quants: Vec<u8>,  // [columns, k]
    scales: Vec<f16>, // [columns, k / 32]
}

impl Problem {
    fn rows(&self) -> usize {
        self.x.len() / self.k
    }

    fn columns(&self) -> usize {
        self.scales.len() * BLOCK / self.k
    }

    /// `[rows, COLUMNS]`
    fn run(&self, instructions: Instructions) -> Vec<f32> {
        let scales: Vec<u8> = self.scales.iter().flat_map(|d| d.to_le_bytes()).collect();
        let tile = Tile::pack(&Blocks {
            kind: self.kind,
            quants: &self.quants,
            scales: &scales,
            k: self.k,
        });
        let x = instructions.round(&self.x, self.k);
        // A gap between rows, which nothing may write to.
        let stride = COLUMNS + 3;
        let mut out = vec![7.0; self.rows() * stride];
        instructions.multiply(&x, &tile, &mut out, stride);
        let (rows, _) = out.as_chunks::<{ COLUMNS + 3 }>();
        assert!(rows.iter().all(|row| row[COLUMNS..] == [7.0; 3]));
        rows.iter()
            .flat_map(|row| &row[..COLUMNS])
            .copied()
            .collect()
    }

    /// The number that the quants stand for at a place of the weight.
    fn weight(&self, column: usize, i: usize) -> f64 {
        let at = column * self.k + i;
        let block = at / BLOCK;
        let quant = match self.kind {
            Quants::Bytes => i32::from(self.quants[at] as i8),
            Quants::Nibbles => {
                let byte = self.quants[block * BLOCK / 2 + at % 16];
                let half = if at % BLOCK < 16 {
                    byte & 15
                } else {
                    byte >> 4
                };
                i32::from(half) - 8
            }
        };
        f64::from(quant) * f64::from(self.scales[block])
    }
}

/// `x` as the product sees it, and half a step of each number.
fn rounded(x: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let (mut values, mut halves) = (Vec::new(), Vec::new());
    for block in x.chunks(BLOCK) {
        let largest = block.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        let step = f64::from(largest / 127.0);
        let inverse = if step > 0.0 { (1.0 / step) as f32 } else { 0.0 };
        let near = |x: &f32| f64::from((x * inverse).round_ties_even()) * step;
        values.extend(block.iter().map(near));
        halves.extend(block.iter().map(|_| step / 2.0));
    }
    (values, halves)
}

fn problems() -> impl Strategy<Value = Problem> {
    let kinds = prop_oneof![Just(Quants::Bytes), Just(Quants::Nibbles)];
    let shapes = (kinds, 0..10_usize, 1..=COLUMNS, 1..6_usize);
    shapes.prop_flat_map(|(kind, rows, columns, blocks)| {
        let k = blocks * BLOCK;
        let number = prop_oneof![8 => -1.0_f32..1.0, 1 => Just(0.0), 1 => -1e3_f32..1e3];
        let x = prop::collection::vec(number, rows * k);
        let byte = prop_oneof![4 => any::<u8>(), 1 => Just(0x80), 1 => Just(0xff)];
        let quants = prop::collection::vec(byte, columns * blocks * kind.bytes());
        let scale = (-2.0_f32..2.0).prop_map(f16::from_f32);
        let scales = prop::collection::vec(scale, columns * blocks);
        (x, quants, scales).prop_map(move |(x, quants, scales)| Problem {
            kind,
            k,
            x,
            quants,
            scales,
        })
    })
}

fn available() -> impl Iterator<Item = Instructions> {
    Instructions::ALL
        .iter()
        .copied()
        .filter(|set| set.available())
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

proptest! {
    #[test]
    fn every_instruction_set_gives_the_same_bits(problem in problems()) {
        let expected = problem.run(Instructions::Portable);
        for instructions in available() {
            prop_assert_eq!(bits(&problem.run(instructions)), bits(&expected), "{:?}", instructions);
        }
    }

    #[test]
    fn products_are_those_of_the_rounded_numbers(problem in problems()) {
        let found = problem.run(Instructions::Portable);
        let (x, halves) = rounded(&problem.x);
        for (at, found) in found.iter().enumerate() {
            let (r, column) = (at / COLUMNS, at % COLUMNS);
            if column >= problem.columns() {
                prop_assert_eq!(*found, 0.0, "a column that is not there");
                continue;
            }
            let (mut sum, mut sizes, mut budget) = (0.0, 0.0, 0.0);
            for i in 0..problem.k {
                let (at, w) = (r * problem.k + i, problem.weight(column, i));
                sum += x[at] * w;
                sizes += (x[at] * w).abs();
                budget += halves[at] * w.abs();
                let off = (x[at] - f64::from(problem.x[at])).abs();
                prop_assert!(off <= halves[at] * 1.0001, "{off} is more than half a step");
            }
            let error = (f64::from(*found) - sum).abs();
            prop_assert!(error <= 1e-6 * sizes, "{found}, expected {sum}");
            let exact: f64 = (0..problem.k)
                .map(|i| f64::from(problem.x[r * problem.k + i]) * problem.weight(column, i))
                .sum();
            let error = (f64::from(*found) - exact).abs();
            prop_assert!(error <= 1.0001 * budget + 1e-6 * sizes, "beyond half a step a number");
        }
    }

    #[test]
    fn a_row_does_not_depend_on_the_others(problem in problems()) {
        for instructions in available() {
            let all = problem.run(instructions);
            for (r, row) in all.chunks(COLUMNS).enumerate() {
                let x = problem.x[r * problem.k..][..problem.k].to_vec();
                let alone = Problem { x, ..problem.clone() }.run(instructions);
                prop_assert_eq!(bits(&alone), bits(row));
            }
        }
    }
}

fn one_block(x: [f32; BLOCK], quants: [u8; BLOCK]) -> Problem {
    Problem {
        kind: Quants::Bytes,
        k: BLOCK,
        x: x.to_vec(),
        quants: quants.to_vec(),
        scales: vec![f16::ONE],
    }
}

#[test]
fn the_largest_sums_do_not_overflow() {
    for (x, quant, expected) in [
        (127.0, 0x80, -127.0 * 128.0),
        (-127.0, 0x7f, -127.0 * 127.0),
    ] {
        let problem = one_block([x; BLOCK], [quant; BLOCK]);
        for instructions in available() {
            assert_eq!(problem.run(instructions)[0], BLOCK as f32 * expected);
        }
    }
}

#[test]
fn what_is_no_number_stays_none() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut problem = one_block([1.0; BLOCK], [1; BLOCK]);
        problem.x[17] = bad;
        for instructions in available() {
            assert!(
                problem.run(instructions)[0].is_nan(),
                "{instructions:?}: {bad}"
            );
        }
    }
}

#[test]
fn numbers_too_small_for_an_inverse_are_zeros() {
    let problem = one_block([1e-40; BLOCK], [1; BLOCK]);
    for instructions in available() {
        assert_eq!(problem.run(instructions)[0], 0.0, "{instructions:?}");
    }
}

#[test]
fn a_changed_weight_is_noticed() {
    let problem = one_block(std::array::from_fn(|i| i as f32 + 1.0), [3; BLOCK]);
    let before = problem.run(Instructions::Portable);
    for i in 0..BLOCK {
        let mut changed = problem.clone();
        changed.quants[i] += 1;
        for instructions in available() {
            assert!(
                changed.run(instructions)[0] > before[0],
                "{instructions:?}: element {i}"
            );
        }
    }
}

#[test]
#[should_panic(expected = "the inner sizes agree")]
fn a_tile_of_another_width_is_refused() {
    let problem = one_block([1.0; BLOCK], [1; BLOCK]);
    let tile = Tile::pack(&Blocks {
        kind: Quants::Bytes,
        quants: &problem.quants,
        scales: &[0; 2],
        k: BLOCK,
    });
    let x = Instructions::Portable.round(&[0.0; 2 * BLOCK], 2 * BLOCK);
    Instructions::Portable.multiply(&x, &tile, &mut [0.0; COLUMNS], COLUMNS);
}

#[test]
#[should_panic(expected = "blocks do not span rows")]
fn rows_of_half_blocks_are_refused() {
    let _ = Instructions::Portable.round(&[0.0; 48], 48);
}
