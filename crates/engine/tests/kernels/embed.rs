use unmask_engine::kernels::embed::{Embed, Params};
use unmask_engine::weights::Format;

use crate::harness::{Gpus, Problem, assert_close, numbers};
use crate::matmul_tile::packed;

#[test]
fn rows_of_every_format_and_shard_are_looked_up() {
    let mut gpus = Gpus::open();
    let (vocabulary, dim) = (50, 96);
    let table = numbers(1, vocabulary * dim);
    let ids = [0_u32, 49, 31, 32, 33, 7, 7];
    let before = numbers(2, ids.len() * dim);
    for (format, adds) in Format::ALL
        .into_iter()
        .flat_map(|f| [(f, false), (f, true)])
    {
        let mut problem = Problem::default();
        let id_buffer = problem.words(ids);
        let x = problem.floats(&before);
        let mut expected = Vec::new();
        let mut rounded = Vec::new();
        for range in [0..32, 32..vocabulary] {
            let rows = &table[range.start * dim..range.end * dim];
            let (words, values) = packed(format, rows, dim);
            rounded.extend(values);
            let weight = problem.words(words);
            problem.call(Embed {
                params: Params {
                    quads: dim as u32 / 4,
                    first_id: range.start as u32,
                    shard_rows: range.len() as u32,
                    scale_offset: (format.scale_offset(range.len(), dim) / 4) as u32,
                },
                format,
                adds,
                rows: ids.len() as u32,
                ids: id_buffer,
                weight,
                x,
            });
        }
        for id in ids {
            let row = &rounded[id as usize * dim..][..dim];
            expected.extend(row.iter().map(|v| f64::from(*v)));
        }
        if adds {
            for (sum, before) in expected.iter_mut().zip(&before) {
                *sum += f64::from(*before);
            }
        }
        gpus.each(&problem, x, expected.len(), |label, _, found| {
            assert_close(&format!("{label} {format} {adds}"), found, &expected, 1e-6);
        });
    }
}
