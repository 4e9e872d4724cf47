//! How fast products are, by weight format and instruction set, on one thread: a JSON object a line.
//!
//! `cargo xtask bench cpu` runs it and makes a page of it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use half::f16;
use unmask_simd::{
    BLOCK, Blocks, COLUMNS, Instructions, Quants, Tile, View, multiply, widen_halves,
};

const ROWS: [usize; 4] = [1, 8, 32, 128];
/// Columns and k: a layer's product, and a head's.
const SHAPES: [[usize; 2]; 2] = [[512, 512], [8192, 512]];
/// Rows of a float weight that are unpacked at a time, as the CPU executor does.
const PANEL: usize = 64;
/// At least so long is everything repeated; the shortest time counts, since others disturb it.
const PATIENCE: Duration = Duration::from_millis(300);

fn main() {
    for shape in SHAPES {
        for rows in ROWS {
            let bench = Bench::new(rows, shape);
            bench.report("f32", "gemm", || bench.floats());
            bench.report("f16", "gemm", || bench.halves());
            for (format, kind) in [("q8_0", Quants::Bytes), ("q4_0", Quants::Nibbles)] {
                for set in Instructions::ALL.iter().filter(|set| set.available()) {
                    let name = format!("{set:?}");
                    bench.report(format, &name, || bench.integers(kind, *set));
                }
            }
        }
    }
}

/// Factors of one shape in every format; their numbers do not matter.
struct Bench {
    rows: usize,
    columns: usize,
    k: usize,
    x: Vec<f32>,
    weights: Vec<f32>,
    halves: Vec<[u8; 2]>,
    quants: Vec<u8>,
    scales: Vec<u8>,
}

impl Bench {
    fn new(rows: usize, [columns, k]: [usize; 2]) -> Self {
        let number = |i: usize| ((i * 31 + i / 7) % 101) as f32 / 50.0 - 1.0;
        let weights: Vec<f32> = (0..columns * k).map(number).collect();
        let half = |weight: &f32| f16::from_f32(*weight).to_le_bytes();
        let halves: Vec<[u8; 2]> = weights.iter().map(half).collect();
        Self {
            rows,
            columns,
            k,
            x: (0..rows * k).map(number).collect(),
            quants: (0..columns * k).map(|i| (i * 79 + i / 13) as u8).collect(),
            scales: halves[..columns * k / BLOCK].concat(),
            weights,
            halves,
        }
    }

    fn floats(&self) {
        let mut out = vec![0.0; self.rows * self.columns];
        let weights = View::of_rows(&self.weights, self.k).transposed();
        multiply(
            View::of_rows(&self.x, self.k),
            weights,
            &mut out,
            self.columns,
        );
        black_box(out);
    }

    fn halves(&self) {
        let mut out = vec![0.0; self.rows * self.columns];
        let mut panel = vec![0.0; PANEL * self.k];
        for (i, halves) in self.halves.chunks(PANEL * self.k).enumerate() {
            widen_halves(halves, &mut panel);
            let weights = View::of_rows(&panel, self.k).transposed();
            let out = &mut out[i * PANEL..];
            multiply(View::of_rows(&self.x, self.k), weights, out, self.columns);
        }
        black_box(out);
    }

    fn integers(&self, kind: Quants, instructions: Instructions) {
        let mut out = vec![0.0; self.rows * self.columns];
        let x = instructions.round(&self.x, self.k);
        let blocks = COLUMNS * self.k / BLOCK;
        let parts = self
            .quants
            .chunks(blocks * kind.bytes())
            .zip(self.scales.chunks(2 * blocks));
        for (i, (quants, scales)) in parts.take(self.columns / COLUMNS).enumerate() {
            let tile = Tile::pack(&Blocks {
                kind,
                quants,
                scales,
                k: self.k,
            });
            instructions.multiply(&x, &tile, &mut out[i * COLUMNS..], self.columns);
        }
        black_box(out);
    }

    fn report(&self, format: &str, instructions: &str, run: impl Fn()) {
        let (begin, mut least) = (Instant::now(), Duration::MAX);
        while begin.elapsed() < PATIENCE {
            let start = Instant::now();
            run();
            least = least.min(start.elapsed());
        }
        let Self {
            rows, columns, k, ..
        } = self;
        let speed = (2 * rows * columns * k) as f64 / least.as_secs_f64() / 1e9;
        println!(
            "{{\"format\":\"{format}\",\"instructions\":\"{instructions}\",\"rows\":{rows},\
             \"columns\":{columns},\"k\":{k},\"gflops\":{speed:.1}}}"
        );
    }
}
