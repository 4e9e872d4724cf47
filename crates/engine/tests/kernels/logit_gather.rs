use unmask_engine::kernels::LOWEST;
use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::logit_gather::{LogitGather, Params};
use unmask_engine::kernels::logit_stats::{GATHERED, ReadoutRow};

use crate::harness::{Gpus, Problem, numbers};

#[test]
fn asked_logits_are_read_in_stat_space() {
    let mut gpus = Gpus::open();
    for (rows, vocabulary) in [(1, 8), (9, 333), (70, 1000)] {
        let mut logits = numbers(51, rows * vocabulary);
        // A banned id stays banned whatever the scale.
        logits[3] = LOWEST;
        let scale = |row: usize| 1.0 + row as f32 / 4.0;
        let record_rows: Vec<RecordRow> = (0..rows)
            .map(|row| RecordRow {
                row: row as u32,
                key: 0,
                current: NO_TOKEN,
                scale: scale(row),
                noise: 0.0,
            })
            .collect();
        let asked: Vec<u32> = (0..rows * GATHERED)
            .map(|i| match i % GATHERED {
                0 => 3,
                1 => vocabulary as u32 - 1,
                2 => NO_TOKEN,
                slot => ((i * 37 + slot) % vocabulary) as u32,
            })
            .collect();
        let mut problem = Problem::default();
        let call = LogitGather {
            params: Params {
                rows: rows as u32,
                vocabulary: vocabulary as u32,
            },
            logits: problem.floats(&logits),
            readout: problem.words(vec![7; rows * size_of::<ReadoutRow>() / 4]),
            record_rows: problem.words(bytemuck::cast_slice::<_, u32>(&record_rows)),
            asked: problem.words(asked.clone()),
        };
        let out = call.readout;
        problem.call(call);
        let count = rows * size_of::<ReadoutRow>() / 4;
        gpus.each(&problem, out, count, |label, _, found| {
            let found: &[ReadoutRow] = bytemuck::cast_slice(found);
            for (i, id) in asked.iter().enumerate() {
                let (row, slot) = (i / GATHERED, i % GATHERED);
                let expected = match *id {
                    NO_TOKEN => LOWEST,
                    3 if row == 0 => LOWEST,
                    id => logits[row * vocabulary + id as usize] * scale(row),
                };
                assert_eq!(
                    found[row].gathered[slot], expected,
                    "{label}: {row}, {slot}"
                );
                assert_eq!(found[row].record.top1, 7, "{label}: only its own part");
            }
        });
    }
}
