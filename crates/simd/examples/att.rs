use std::hint::black_box;
use std::time::Instant;
use unmask_simd::*;
fn best(mut f: impl FnMut()) -> f64 {
    let mut b = f64::MAX;
    let end = Instant::now();
    while end.elapsed().as_secs_f64() < 0.3 {
        let t = Instant::now();
        f();
        b = b.min(t.elapsed().as_secs_f64());
    }
    b * 1e6
}
fn main() {
    let (rows, hd, heads) = (32usize, 64usize, 8usize);
    for keys in [256usize, 2048] {
        let width = 2 * heads * hd;
        let store: Vec<f32> = (0..keys * width)
            .map(|i| (i * 31 % 101) as f32 / 100.0 - 0.5)
            .collect();
        let q: Vec<f32> = (0..rows * 3 * heads * hd)
            .map(|i| (i * 37 % 103) as f32 / 100.0 - 0.5)
            .collect();
        let qv = View {
            data: &q,
            rows,
            columns: hd,
            row_stride: 3 * heads * hd,
            column_stride: 1,
        };
        let kv = |d, s| View {
            data: d,
            rows: keys,
            columns: hd,
            row_stride: s,
            column_stride: 1,
        };
        let mut scores = vec![0.0; rows * keys];
        println!("keys {keys}");
        println!(
            " q k^T strided {:.0} us",
            best(|| multiply(qv, kv(&store, width).transposed(), &mut scores, keys))
        );
        let mut k = vec![0.0; keys * hd];
        println!(
            " gather {:.0} us",
            best(|| for (k, s) in k.chunks_mut(hd).zip(store.chunks(width)) {
                k.copy_from_slice(&s[..hd]);
            })
        );
        println!(
            " q k^T contiguous {:.0} us",
            best(|| multiply(qv, kv(&k, hd).transposed(), &mut scores, keys))
        );
        let kt: Vec<f32> = (0..hd * keys)
            .map(|i| k[i % keys * hd + i / keys])
            .collect();
        println!(
            " q kt(transposed store) {:.0} us",
            best(|| multiply(
                qv,
                View {
                    data: &kt,
                    rows: hd,
                    columns: keys,
                    row_stride: keys,
                    column_stride: 1
                },
                &mut scores,
                keys
            ))
        );
        let mut st = vec![0.0; rows * keys];
        println!(
            " k q^T (scores by key) {:.0} us",
            best(|| multiply(kv(&store, width), qv.transposed(), &mut st, rows))
        );
        let copy = scores.clone();
        println!(
            " softmax {:.0} us (with copy)",
            best(|| {
                scores.copy_from_slice(&copy);
                for s in scores.chunks_mut(keys) {
                    black_box(weigh(s, 0.125));
                }
            })
        );
        println!(
            " largest {:.0} us sum {:.0} us exp {:.0} us",
            best(|| {
                for s in scores.chunks(keys) {
                    black_box(largest(s));
                }
            }),
            best(|| {
                for s in scores.chunks(keys) {
                    black_box(sum(s));
                }
            }),
            best(|| {
                scores.copy_from_slice(&copy);
                exp_all(&mut scores)
            })
        );
        let p = View {
            data: &scores,
            rows,
            columns: keys,
            row_stride: keys,
            column_stride: 1,
        };
        let mut out = vec![0.0; rows * hd];
        println!(
            " p v strided {:.0} us",
            best(|| multiply(p, kv(&store, width), &mut out, hd))
        );
        println!(
            " p v contiguous {:.0} us",
            best(|| multiply(p, kv(&k, hd), &mut out, hd))
        );
        println!(
            " ideal at 100 GFLOP/s: {:.0} us each",
            2e-5 * (rows * hd * keys) as f64
        );
    }
}
