use unmask_engine::kernels::attention_weights::{AttentionWeights, Params};

use crate::harness::{Gpus, Problem, assert_close, numbers};

struct Shape {
    keys: usize,
    count: usize,
    first: usize,
    heads: (usize, usize, usize),
    /// One slot in so many is not seen.
    hidden: usize,
}

fn is_seen(shape: &Shape, slot: usize) -> bool {
    shape.keys == 1 || slot % shape.hidden != 1
}

fn oracle(shape: &Shape, queries: &[f32], stride: usize, store: &[f32], row: usize) -> Vec<f64> {
    let (query_heads, key_heads, head_dim) = shape.heads;
    let mut weights = Vec::new();
    for head in 0..query_heads {
        let query = &queries[row * stride + head * head_dim..][..head_dim];
        let weight = |slot: usize| {
            let key = &store
                [(slot * 2 * key_heads + head / (query_heads / key_heads)) * head_dim..]
                [..head_dim];
            let products = query.iter().zip(key);
            let score: f64 = products.map(|(q, k)| f64::from(*q) * f64::from(*k)).sum();
            let seen = is_seen(shape, slot);
            if seen { (score * 0.5).exp() } else { 0.0 }
        };
        let all: Vec<f64> = (0..shape.keys).map(weight).collect();
        let total: f64 = all.iter().sum();
        weights.extend(all.iter().map(|w| w / total));
    }
    weights
}

fn check(gpus: &mut Gpus, shape: &Shape) {
    let (query_heads, key_heads, head_dim) = shape.heads;
    let stride = query_heads * head_dim + 6;
    let queries = numbers(61, (shape.count + 4) * stride);
    let store = numbers(62, shape.keys * 2 * key_heads * head_dim);
    let class = |slot| if is_seen(shape, slot) { 0 } else { u32::MAX };
    let classes: Vec<u32> = (0..shape.keys).map(class).collect();
    let listed = shape.first + shape.count;
    let rows: Vec<u32> = (0..listed)
        .map(|i| ((i * 3 + 1) % (shape.count + 4)) as u32)
        .collect();
    let count = shape.count * query_heads * shape.keys;
    let mut problem = Problem::default();
    let call = AttentionWeights {
        params: Params {
            keys: shape.keys as u32,
            query_heads: query_heads as u32,
            key_heads: key_heads as u32,
            head_dim: head_dim as u32,
            scale: 0.5,
            stride: stride as u32,
            first: shape.first as u32,
        },
        count: shape.count as u32,
        queries: problem.floats(&queries),
        store: problem.floats(&store),
        key_classes: problem.words(classes),
        rows: problem.words(rows.clone()),
        weights: problem.floats(&vec![7.0; count]),
    };
    let out = call.weights;
    problem.call(call);
    let of_row = |row: &u32| oracle(shape, &queries, stride, &store, *row as usize);
    let expected: Vec<f64> = rows[shape.first..].iter().flat_map(of_row).collect();
    gpus.each(&problem, out, count, |label, _, found| {
        assert_close(label, found, &expected, 1e-5);
    });
}

#[test]
fn rows_attend_to_what_is_seen() {
    let mut gpus = Gpus::open();
    for (keys, count, first) in [(1, 1, 0), (9, 3, 2), (64, 1, 1), (200, 5, 0)] {
        for heads in [(1, 1, 2), (4, 2, 64), (3, 1, 32)] {
            let shape = Shape {
                keys,
                count,
                first,
                heads,
                hidden: 3,
            };
            check(&mut gpus, &shape);
        }
    }
}
