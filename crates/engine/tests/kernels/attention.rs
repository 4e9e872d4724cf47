use unmask_engine::kernels::attention::{Attention, Params};
use unmask_engine::kernels::head_stats::NO_TOKEN;

use crate::harness::{Gpus, Problem, assert_close, numbers};

struct Shape {
    rows: usize,
    query_heads: usize,
    key_heads: usize,
    head_dim: usize,
}

fn oracle(shape: &Shape, qkv: &[f32], classes: &[u32], blind: &[u32]) -> Vec<f64> {
    let Shape {
        rows,
        query_heads,
        key_heads,
        head_dim,
    } = *shape;
    let heads = query_heads + 2 * key_heads;
    let at =
        |row: usize, head: usize, i: usize| f64::from(qkv[(row * heads + head) * head_dim + i]);
    let mut out = Vec::new();
    for row in 0..rows {
        for head in 0..query_heads {
            let group = head / (query_heads / key_heads);
            let score = |j: usize| {
                let product: f64 = (0..head_dim)
                    .map(|i| at(row, head, i) * at(j, query_heads + group, i))
                    .sum();
                product / (head_dim as f64).sqrt()
            };
            let sees = |j: &usize| classes[*j] <= classes[row] && *j as u32 != blind[row];
            let visible: Vec<usize> = (0..rows).filter(sees).collect();
            let weights: Vec<f64> = visible.iter().map(|&j| score(j).exp()).collect();
            let total: f64 = weights.iter().sum();
            out.extend((0..head_dim).map(|i| {
                let pairs = visible.iter().zip(&weights);
                pairs
                    .map(|(&j, w)| w / total * at(j, query_heads + key_heads + group, i))
                    .sum::<f64>()
            }));
        }
    }
    out
}

#[test]
fn rows_attend_to_the_classes_they_may_see() {
    let mut gpus = Gpus::open();
    for (rows, query_heads, key_heads, head_dim) in [
        (1, 1, 1, 4),
        (63, 4, 2, 32),
        (64, 2, 1, 64),
        (65, 3, 3, 20),
        (130, 2, 1, 128),
        (5, 1, 1, 256),
    ] {
        let shape = Shape {
            rows,
            query_heads,
            key_heads,
            head_dim,
        };
        let heads = query_heads + 2 * key_heads;
        let qkv: Vec<f32> = numbers(8, rows * heads * head_dim)
            .iter()
            .map(|v| v * 3.0)
            .collect();
        let full = vec![0; rows];
        let causal: Vec<u32> = (0..rows as u32).collect();
        let blocks: Vec<u32> = (0..rows as u32).map(|r| r / 8).collect();
        // The first visible key may lie beyond the first chunk of keys.
        let late: Vec<u32> = (0..rows as u32)
            .map(|r| u32::from(r + 1 < rows as u32))
            .collect();
        let open = vec![NO_TOKEN; rows];
        // Rows that see others are blind to one of them, never to themselves alone.
        let blinded: Vec<u32> = (0..rows as u32)
            .map(|r| match r % 3 {
                _ if rows == 1 => NO_TOKEN,
                0 => NO_TOKEN,
                _ => (r * 5 + 1) % rows as u32,
            })
            .collect();
        for (classes, blind) in [
            (full.clone(), open.clone()),
            (causal, open.clone()),
            (blocks, open.clone()),
            (late, open),
            (full, blinded),
        ] {
            let mut problem = Problem::default();
            let call = Attention {
                params: Params {
                    rows: rows as u32,
                    query_heads: query_heads as u32,
                    key_heads: key_heads as u32,
                    head_dim: head_dim as u32,
                    scale: 1.0 / (head_dim as f32).sqrt(),
                },
                qkv: problem.floats(&qkv),
                classes: problem.words(classes.clone()),
                blind: problem.words(blind.clone()),
                out: problem.floats(&vec![0.0; rows * query_heads * head_dim]),
            };
            let out = call.out;
            problem.call(call);
            let expected = oracle(&shape, &qkv, &classes, &blind);
            gpus.each(&problem, out, expected.len(), |label, _, found| {
                assert_close(label, found, &expected, 1e-5);
            });
        }
    }
}
