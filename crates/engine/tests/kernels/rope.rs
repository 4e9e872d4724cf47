use unmask_engine::kernels::kv::KvFormat;
use unmask_engine::kernels::rope::{Params, Rope};

use crate::harness::{Gpus, Problem, assert_close, numbers};
use crate::kept;

const EPS: f64 = 1e-6;

/// Slots of the store; no factor of the step between the slots of two rows.
const SLOTS: usize = 40;

struct Shape {
    rows: usize,
    query_heads: usize,
    key_heads: usize,
    head_dim: usize,
}

/// Rotates one head at `position`; `gain` is QK-norm's, where there is one.
fn oracle(head: &[f32], gain: Option<&[f32]>, position: u32) -> Vec<f64> {
    let mut v: Vec<f64> = head.iter().map(|x| f64::from(*x)).collect();
    if let Some(gain) = gain {
        let mean = v.iter().map(|x| x * x).sum::<f64>() / v.len() as f64;
        let factor = 1.0 / (mean + EPS).sqrt();
        v.iter_mut()
            .zip(gain)
            .for_each(|(x, g)| *x *= factor * f64::from(*g));
    }
    let half = v.len() / 2;
    let mut out = v.clone();
    for i in 0..half {
        let angle = f64::from(position) * 10_000_f64.powf(-2.0 * i as f64 / v.len() as f64);
        out[i] = v[i] * angle.cos() - v[half + i] * angle.sin();
        out[half + i] = v[half + i] * angle.cos() + v[i] * angle.sin();
    }
    out
}

fn rotations(positions: u32, head_dim: usize) -> Vec<f32> {
    let turn = |position: u32, i: usize| {
        let angle = f64::from(position) * 10_000_f64.powf(-2.0 * i as f64 / head_dim as f64);
        [angle.cos() as f32, angle.sin() as f32]
    };
    (0..positions)
        .flat_map(|position| (0..head_dim / 2).flat_map(move |i| turn(position, i)))
        .collect()
}

fn check(gpus: &mut Gpus, shape: &Shape, with_norm: bool, kv: KvFormat) {
    let Shape {
        rows,
        query_heads,
        key_heads,
        head_dim,
    } = *shape;
    let heads = query_heads + 2 * key_heads;
    let qkv = numbers(5, rows * heads * head_dim);
    let gains = numbers(6, 2 * head_dim);
    // Positions in no particular order: rows are explicit, never implied by the index.
    let positions: Vec<u32> = (0..rows as u32).map(|r| (r * 7 + 3) % 40).collect();
    // Slots in another order, with gaps, that stay as they are.
    let slots: Vec<u32> = (0..rows as u32)
        .map(|r| (r * 11 + 2) % SLOTS as u32)
        .collect();
    let blank = vec![-1.0; SLOTS * 2 * key_heads * head_dim];
    let (before, _) = kept::packed(kv, head_dim, &blank);
    let mut problem = Problem::default();
    let call = Rope {
        params: Params {
            query_heads: query_heads as u32,
            key_heads: key_heads as u32,
            head_dim: head_dim as u32,
            stride: (heads * head_dim) as u32,
            eps: EPS as f32,
        },
        rows: rows as u32,
        qkv: problem.floats(&qkv),
        positions: problem.words(positions.clone()),
        rotations: problem.floats(&rotations(40, head_dim)),
        slots: problem.words(slots.clone()),
        store: problem.words(before.clone()),
        gains: with_norm.then(|| problem.floats(&gains)),
        kv,
    };
    let (queries, store) = (call.qkv, call.store);
    problem.call(call);
    let turned: Vec<Vec<f64>> = qkv
        .chunks_exact(head_dim)
        .enumerate()
        .map(|(i, head)| {
            let (row, h) = (i / heads, i % heads);
            if h >= query_heads + key_heads {
                return head.iter().map(|v| f64::from(*v)).collect();
            }
            let gain = &gains[usize::from(h >= query_heads) * head_dim..][..head_dim];
            oracle(head, with_norm.then_some(gain), positions[row])
        })
        .collect();
    let mut expected = vec![-1.0; SLOTS * 2 * key_heads * head_dim];
    for (row, slot) in slots.iter().enumerate() {
        let width = 2 * key_heads * head_dim;
        let pairs = turned[row * heads + query_heads..][..2 * key_heads].concat();
        expected[*slot as usize * width..][..width].copy_from_slice(&pairs);
    }
    gpus.each(&problem, store, before.len(), |label, _, found| {
        let found = kept::unpacked(kv, head_dim, found);
        assert_kept(label, kv, &found, &expected);
    });
    // What is left of keys and values in the rows is nobody's business.
    let is_query = |i: &usize| i / head_dim % heads < query_heads;
    let of_queries: Vec<usize> = (0..qkv.len()).filter(is_query).collect();
    let turned = turned.concat();
    let expected: Vec<f64> = of_queries.iter().map(|&i| turned[i]).collect();
    gpus.each(&problem, queries, qkv.len(), |label, _, found| {
        let found: Vec<u32> = of_queries.iter().map(|&i| found[i]).collect();
        assert_close(label, &found, &expected, 3e-6);
    });
}

/// Fails unless every number is kept within what its format rounds.
fn assert_kept(label: &str, kv: KvFormat, found: &[f32], expected: &[f64]) {
    if kv == KvFormat::F32 {
        return assert_close(label, bytemuck::cast_slice(found), expected, 3e-6);
    }
    for (block, (found, expected)) in found.chunks(32).zip(expected.chunks(32)).enumerate() {
        let largest = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for (f, e) in found.iter().zip(expected) {
            // Half a step; what the rotation itself rounds comes on top. The step of f16 is 2^-10 of
            // the number at most, that of a block is a 127th of its largest.
            let half_step = match kv {
                KvFormat::F16 => e.abs() / 2048.0,
                _ => largest / 254.0,
            };
            let error = (f64::from(*f) - e).abs();
            assert!(
                error <= half_step + largest * 2e-5 + 1e-6,
                "{label}: block {block} has {f} for {e} ({kv:?})"
            );
        }
    }
}

#[test]
fn queries_and_keys_turn_and_keys_and_values_are_kept() {
    let mut gpus = Gpus::open();
    for (rows, query_heads, key_heads, head_dim) in
        [(1, 1, 1, 4), (5, 4, 2, 64), (33, 3, 1, 32), (3, 2, 2, 256)]
    {
        let shape = Shape {
            rows,
            query_heads,
            key_heads,
            head_dim,
        };
        for kv in KvFormat::ALL.into_iter().filter(|kv| kv.fits(head_dim)) {
            check(&mut gpus, &shape, false, kv);
            check(&mut gpus, &shape, true, kv);
        }
    }
}
