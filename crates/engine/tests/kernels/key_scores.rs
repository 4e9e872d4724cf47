use unmask_engine::kernels::key_scores::{KeyScores, Params};

use crate::harness::{Gpus, Problem, assert_close, numbers};

struct Shape {
    length: usize,
    block: (usize, usize),
    heads: (usize, usize, usize),
}

fn oracle(shape: &Shape, qkv: &[f32], store: &[f32]) -> Vec<f64> {
    let (start, rows) = shape.block;
    let (queries, keys, head_dim) = shape.heads;
    let number = |v: f32| f64::from(v);
    let outside = (0..shape.length).filter(|slot| !(start..start + rows).contains(slot));
    outside
        .map(|slot| {
            let of_head = |h: usize| {
                let key = (slot * 2 * keys + h / (queries / keys)) * head_dim;
                let of_row = |row: usize| {
                    let query = (row * (queries + 2 * keys) + h) * head_dim;
                    let products =
                        (0..head_dim).map(|d| number(qkv[query + d]) * number(store[key + d]));
                    products.sum::<f64>()
                };
                (start..start + rows).map(of_row).sum::<f64>() / rows as f64
            };
            (0..queries).map(of_head).sum::<f64>() / queries as f64
        })
        .collect()
}

fn check(gpus: &mut Gpus, shape: &Shape) {
    let (start, rows) = shape.block;
    let (queries, keys, head_dim) = shape.heads;
    let qkv = numbers(41, shape.length * (queries + 2 * keys) * head_dim);
    let store = numbers(42, shape.length * 2 * keys * head_dim);
    let candidates = shape.length - rows;
    let mut problem = Problem::default();
    let call = KeyScores {
        params: Params {
            candidates: candidates as u32,
            rows: rows as u32,
            query_heads: queries as u32,
            key_heads: keys as u32,
            head_dim: head_dim as u32,
        },
        qkv: problem.floats(&qkv),
        store: problem.floats(&store),
        gap: problem.words([start as u32]),
        scores: problem.floats(&vec![9.0; candidates]),
    };
    let out = call.scores;
    problem.call(call);
    let expected = oracle(shape, &qkv, &store);
    gpus.each(&problem, out, candidates, |label, _, found| {
        assert_close(label, found, &expected, 3e-6);
    });
}

#[test]
fn keys_outside_a_block_are_scored_by_its_mean_query() {
    let mut gpus = Gpus::open();
    for (length, block) in [(5, (4, 1)), (9, (0, 4)), (70, (30, 8)), (131, (99, 32))] {
        for heads in [(1, 1, 2), (4, 2, 64), (3, 1, 32), (2, 2, 256)] {
            let shape = Shape {
                length,
                block,
                heads,
            };
            check(&mut gpus, &shape);
        }
    }
}
