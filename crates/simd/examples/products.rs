//! Speed of products, by format and instruction set.
use std::hint::black_box;
use std::time::Instant;

use unmask_simd::{BLOCK, Blocks, COLUMNS, Instructions, Quants, Tile};

fn best(mut f: impl FnMut()) -> f64 {
    let mut b = f64::MAX;
    let end = Instant::now();
    while end.elapsed().as_secs_f64() < 0.15 {
        let t = Instant::now();
        f();
        b = b.min(t.elapsed().as_secs_f64());
    }
    b
}
fn main() {
    let (k, n) = (512, 512);
    for kind in [Quants::Bytes, Quants::Nibbles] {
        let row = k / BLOCK * kind.bytes();
        let quants: Vec<u8> = (0..n * row).map(|i| (i * 7919 + i / 13) as u8).collect();
        let scales: Vec<u8> = (0..n * k / BLOCK)
            .flat_map(|i| half::f16::from_f32(0.01 + (i % 7) as f32 * 0.001).to_le_bytes())
            .collect();
        let tile = |t: usize| {
            Tile::pack(&Blocks {
                kind,
                k,
                quants: &quants[t * 16 * row..][..16 * row],
                scales: &scales[t * k..][..k],
            })
        };
        println!(
            "{kind:?} pack only: {:.0} us",
            1e6 * best(|| for t in 0..n / 16 {
                black_box(tile(t));
            })
        );
        for rows in [1, 4, 8, 32, 128] {
            let x: Vec<f32> = (0..rows * k)
                .map(|i| ((i * 31 + i / 7) % 101) as f32 / 50.0 - 1.0)
                .collect();
            let a = Instructions::best().round(&x, k);
            print!(
                "{rows:4} rows: round {:.1} us;",
                1e6 * best(|| {
                    black_box(Instructions::best().round(&x, k));
                })
            );
            let mut outs = vec![];
            for set in Instructions::ALL {
                let mut out = vec![0.0; rows * n];
                let t = best(|| {
                    for t in 0..n / COLUMNS {
                        set.multiply(&a, &tile(t), &mut out[t * COLUMNS..], n)
                    }
                });
                outs.push(out);
                print!(" {set:?} {:.1}", 2e-9 * (rows * n * k) as f64 / t);
            }
            assert!(outs.iter().all(|o| *o == outs[0]));
            println!();
        }
    }
}
