//! The wide head on small checkpoints, on every executor: equal to the fused head where nothing is
//! asked, and to f64 arithmetic on the model's own logits where something is.

mod plain;
mod reading;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;

use plain::{Plain, Token};
use pollster::block_on;
use unmask_engine::kernels::LOWEST;
use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::logit_stats::GATHERED;
use unmask_engine::session::{Conventions, DeviceChoice, DtypeChoice, LoadOptions, LoadedModel};
use unmask_engine::{Ask, ErrorCode, LogitRules, Readout, Record, Shadow, random};

const MASK: u32 = 1;
const STOP: u32 = 0;
const VOCABULARY: usize = 1000;

fn folder(name: &str) -> PathBuf {
    support::folder(format!("tests/golden/{name}"))
}

/// The checkpoint on every executor that the machine has (all of them in CI).
fn models(name: &str, dtype: DtypeChoice) -> Vec<(DeviceChoice, LoadedModel)> {
    let options = LoadOptions {
        dtype,
        ..LoadOptions::default()
    };
    support::on_every_device(folder(name), &options)
}

/// The checkpoint in 32-bit floats, as if it had been trained in blocks.
fn in_blocks(name: &str, device: DeviceChoice, block: u32) -> Option<LoadedModel> {
    let options = LoadOptions {
        conventions: Conventions {
            block_size: Some(block),
            ..Conventions::default()
        },
        ..support::floats_on(device)
    };
    support::open(folder(name), &options)
}

/// A sequence with masks in every third place.
fn sequence(seed: u64, length: usize, vocabulary: usize) -> Vec<u32> {
    let id = |i| 2 + random::bits(random::row_key(seed, 0, 0), i) % (vocabulary as u32 - 2);
    (0..length as u32)
        .map(|i| if i % 3 == 2 { MASK } else { id(i) })
        .collect()
}

fn row(row: u32, current: u32) -> RecordRow {
    RecordRow {
        row,
        key: random::row_key(5, 2, row),
        current,
        scale: 1.0,
        noise: 0.0,
    }
}

/// A record row for each of the sequence.
fn rows(ids: &[u32]) -> Vec<RecordRow> {
    let current = |id: u32| if id == MASK { NO_TOKEN } else { id };
    (0..).zip(ids).map(|(r, id)| row(r, current(*id))).collect()
}

fn read(model: &mut LoadedModel, ids: &[u32], ask: &Ask) -> Readout {
    block_on(model.read(ids, ask)).expect("reads")
}

/// Asks so that the wide head has to answer.
fn widely(rows: Vec<RecordRow>, rules: &LogitRules) -> Ask<'_> {
    Ask {
        gather: vec![[NO_TOKEN; GATHERED]; rows.len()],
        guidance: rules,
        ..Ask::records(rows)
    }
}

/// The model's logits, f64.
fn logits(model: &mut LoadedModel, ids: &[u32]) -> Vec<Vec<f64>> {
    let vocabulary = model.info().vocab_size;
    let flat = block_on(model.logits(ids)).expect("runs");
    let wide = |row: &[f32]| row.iter().map(|l| f64::from(*l)).collect();
    flat.chunks_exact(vocabulary).map(wide).collect()
}

fn ban(mut logits: Vec<f64>, ids: &[u32]) -> Vec<f64> {
    for id in ids {
        logits[*id as usize] = f64::NEG_INFINITY;
    }
    logits
}

fn log_sum(logits: &[f64]) -> f64 {
    logits.iter().map(|l| l.exp()).sum::<f64>().ln()
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let lse = log_sum(logits);
    logits.iter().map(|l| (l - lse).exp()).collect()
}

#[track_caller]
fn close(label: &str, found: f32, expected: f64, tolerance: f64) {
    let found = f64::from(found);
    let lowest = expected == f64::NEG_INFINITY && found < -1e37;
    let near = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
    assert!(lowest || near, "{label}: {found} is not {expected}");
}

/// The record of `logits` (minus infinity where banned) without noise.
#[track_caller]
fn assert_record(label: &str, record: &Record, logits: &[f64], current: u32) {
    let lse = log_sum(logits);
    let live = logits.iter().filter(|l| l.is_finite());
    let top = live.clone().fold(f64::NEG_INFINITY, |m, l| m.max(*l));
    let entropy: f64 = live.map(|l| (l - lse).exp() * (lse - l)).sum();
    close(label, record.l1, top, 1e-4);
    close(label, logits[record.top1 as usize] as f32, top, 1e-4);
    close(label, logits[record.samp as usize] as f32, top, 1e-4);
    close(label, record.l2, logits[record.top2 as usize], 1e-4);
    close(label, record.lse, lse, 1e-4);
    close(label, record.ent, entropy, 1e-4);
    close(label, record.l_eos, logits[STOP as usize], 1e-4);
    if current != NO_TOKEN {
        close(label, record.l_cur, logits[current as usize], 1e-4);
    }
}

#[test]
fn without_rules_it_gives_the_records_of_the_fused_head() {
    for name in ["llama", "qwen3", "dream", "tiles"] {
        for dtype in [DtypeChoice::F32, DtypeChoice::Q8_0] {
            for (device, mut model) in models(name, dtype) {
                let ids = sequence(1, 37, model.info().vocab_size);
                let mut rows = rows(&ids);
                for row in &mut rows[20..] {
                    (row.scale, row.noise) = (1.0 / 0.8, 1.0);
                }
                let fused = read(&mut model, &ids, &Ask::records(rows.clone()));
                let wide = read(&mut model, &ids, &widely(rows, &LogitRules::NONE));
                for (r, (a, b)) in fused.records.iter().zip(&wide.records).enumerate() {
                    let label = format!("{name} {dtype:?} on {device:?}, row {r}");
                    let ids = |r: &Record| (r.top1, r.top2, r.samp);
                    assert_eq!(ids(a), ids(b), "{label}");
                    let numbers = |r: &Record| [r.l1, r.l2, r.lse, r.ent, r.l_eos, r.l_samp];
                    for (a, b) in numbers(a).into_iter().zip(numbers(b)) {
                        close(&label, b, f64::from(a), 1e-5);
                    }
                    if a.l_cur > LOWEST || b.l_cur > LOWEST {
                        close(&label, b.l_cur, f64::from(a.l_cur), 1e-5);
                    }
                }
            }
        }
    }
}

#[test]
fn biases_bans_and_penalty_change_the_logits() {
    let ids = sequence(2, 12, VOCABULARY);
    let rules = LogitRules {
        bias: vec![(7, f32::NEG_INFINITY), (9, 2.5), (999, -1.5), (9, 0.5)],
        repetition_penalty: 1.4,
        ..LogitRules::NONE
    };
    for (device, mut model) in models("llama", DtypeChoice::F32) {
        let plain = logits(&mut model, &ids);
        let found = read(
            &mut model,
            &ids,
            &Ask {
                guidance: &rules,
                ..Ask::records(rows(&ids))
            },
        );
        for (r, (record, mut expected)) in found.records.iter().zip(plain).enumerate() {
            expected[9] += 3.0;
            expected[999] -= 1.5;
            for (id, l) in (0..).zip(&mut expected) {
                if ids.contains(&id) {
                    *l = if *l > 0.0 { *l / 1.4 } else { *l * 1.4 };
                }
            }
            let current = rows(&ids)[r].current;
            let expected = ban(expected, &[MASK, 7]);
            assert_record(&format!("{device:?} row {r}"), record, &expected, current);
        }
    }
}

#[test]
fn guidance_combines_two_forwards() {
    let ids = sequence(3, 20, VOCABULARY);
    let mut unconditional = ids.clone();
    unconditional[..8].fill(MASK);
    for (device, mut model) in models("llama", DtypeChoice::F32) {
        let conditional = logits(&mut model, &ids);
        let without = logits(&mut model, &unconditional);
        for cfg_scale in [0.0, 1.5] {
            let rules = LogitRules {
                cfg_scale,
                ..LogitRules::NONE
            };
            let ask = Ask {
                guidance: &rules,
                unconditional: Some(unconditional.clone()),
                ..Ask::records(rows(&ids))
            };
            let found = read(&mut model, &ids, &ask);
            for (r, record) in found.records.iter().enumerate() {
                let factor = f64::from(cfg_scale) + 1.0;
                let pairs = conditional[r].iter().zip(&without[r]);
                let expected = pairs.map(|(c, u)| u + factor * (c - u)).collect();
                let label = format!("{device:?} scale {cfg_scale} row {r}");
                assert_record(&label, record, &ban(expected, &[MASK]), ask.rows[r].current);
            }
        }
    }
}

#[test]
fn asked_ids_are_gathered_with_the_rules_applied() {
    let ids = sequence(4, 9, VOCABULARY);
    let rules = LogitRules {
        bias: vec![(31, 1.0), (32, f32::NEG_INFINITY)],
        ..LogitRules::NONE
    };
    for (device, mut model) in models("llama", DtypeChoice::F32) {
        let plain = logits(&mut model, &ids);
        let mut ask = widely(rows(&ids), &rules);
        for (r, asked) in ask.gather.iter_mut().enumerate() {
            *asked = [31, 32, NO_TOKEN, MASK, 999, 0, r as u32 + 40, 500];
        }
        for row in &mut ask.rows {
            row.scale = 2.0;
        }
        let found = read(&mut model, &ids, &ask);
        for (r, (gathered, logits)) in found.gathered.iter().zip(&plain).enumerate() {
            for (l, id) in gathered.iter().zip(&ask.gather[r]) {
                let expected = match *id {
                    NO_TOKEN | MASK | 32 => f64::NEG_INFINITY,
                    31 => 2.0 * (logits[31] + 1.0),
                    id => 2.0 * logits[id as usize],
                };
                close(&format!("{device:?} row {r} id {id}"), *l, expected, 1e-4);
            }
        }
    }
}

#[test]
fn divergence_is_that_of_the_matched_rows_of_the_ask_before() {
    let (before, now) = (sequence(5, 50, VOCABULARY), sequence(6, 50, VOCABULARY));
    for (device, mut model) in models("llama", DtypeChoice::F32) {
        let earlier = logits(&mut model, &before);
        let later = logits(&mut model, &now);
        let ask = |rows, kl| Ask {
            kl: Some(kl),
            ..Ask::records(rows)
        };
        let first: Vec<RecordRow> = (0..5).map(|r| row(r + 10, NO_TOKEN)).collect();
        let found = read(&mut model, &before, &ask(first, vec![NO_TOKEN; 5]));
        assert_eq!(found.kl, [f32::MAX; 5], "{device:?}");
        // What does not ask for the divergence does not disturb it, whatever it stores.
        read(&mut model, &now, &widely(rows(&now), &LogitRules::NONE));
        // More rows than before, in another order: rows 10 to 14 are found again.
        let second: Vec<RecordRow> = (0..50).rev().map(|r| row(r, NO_TOKEN)).collect();
        let index = |r: u32| {
            if (10..15).contains(&r) {
                r - 10
            } else {
                NO_TOKEN
            }
        };
        let previous: Vec<u32> = second.iter().map(|row| index(row.row)).collect();
        let found = read(&mut model, &now, &ask(second.clone(), previous));
        for (row, kl) in second.iter().zip(&found.kl) {
            let label = format!("{device:?} row {}", row.row);
            if index(row.row) == NO_TOKEN {
                assert_eq!(*kl, f32::MAX, "{label}");
                continue;
            }
            let p = softmax(&ban(later[row.row as usize].clone(), &[MASK]));
            let q = softmax(&ban(earlier[row.row as usize].clone(), &[MASK]));
            let term = |(p, q): (&f64, &f64)| p * ((p + 1e-12).ln() - (q + 1e-12).ln());
            let expected: f64 = p.iter().zip(&q).map(term).sum();
            assert!(expected > 1e-3, "{label}: the sequences differ");
            close(&label, *kl, expected, 1e-4);
        }
        // The same again has not moved.
        let found = read(&mut model, &now, &ask(second, (0..50).collect()));
        assert!(found.kl.iter().all(|kl| kl.abs() < 1e-5), "{device:?}");
    }
}

/// `logits` where top-p and top-k keep them, minus infinity elsewhere.
fn filtered(logits: &[f64], top_k: Option<u32>, top_p: Option<f32>) -> Vec<f64> {
    let all = softmax(logits);
    let above = |p: f64| all.iter().filter(move |q| **q > p).copied();
    let keeps = |p: f64| {
        top_p.is_none_or(|top| above(p).sum::<f64>() <= f64::from(top))
            && top_k.is_none_or(|top| above(p).count() < top as usize)
    };
    let pairs = logits.iter().zip(&all);
    pairs
        .map(|(l, p)| if keeps(*p) { *l } else { f64::NEG_INFINITY })
        .collect()
}

#[test]
fn filters_renormalise() {
    let ids = sequence(7, 10, VOCABULARY);
    for (device, mut model) in models("llama", DtypeChoice::F32) {
        let plain = logits(&mut model, &ids);
        for (top_k, top_p) in [(Some(4), None), (None, Some(0.5)), (Some(20), Some(0.9))] {
            let rules = LogitRules {
                top_k,
                top_p,
                ..LogitRules::NONE
            };
            let ask = Ask {
                guidance: &rules,
                ..Ask::records(rows(&ids))
            };
            let found = read(&mut model, &ids, &ask);
            for (r, record) in found.records.iter().enumerate() {
                let kept = filtered(&ban(plain[r].clone(), &[MASK]), top_k, top_p);
                let label = format!("{device:?} {top_k:?} {top_p:?} row {r}");
                assert_record(&label, record, &kept, ask.rows[r].current);
            }
        }
    }
}

#[test]
fn stop_tokens_have_no_probability_when_they_come_last() {
    let ids = sequence(7, 10, VOCABULARY);
    let rules = LogitRules {
        bias: vec![(STOP, 30.0)],
        eos_last: true,
        ..LogitRules::NONE
    };
    for (device, mut model) in models("llama", DtypeChoice::F32) {
        let plain = logits(&mut model, &ids);
        let ask = Ask {
            guidance: &rules,
            ..Ask::records(rows(&ids))
        };
        let found = read(&mut model, &ids, &ask);
        for (r, record) in found.records.iter().enumerate() {
            let label = format!("{device:?} row {r}");
            assert_eq!(record.samp, STOP, "{label}");
            assert_eq!(record.proposal_confidence(), 0.0, "{label}");
            let lse = log_sum(&ban(plain[r].clone(), &[MASK, STOP]));
            close(&label, record.lse, lse, 1e-4);
        }
    }
}

/// Ordinary rows, then one for each of `shadows`: what they see, as an explicit mask.
fn shadowed(plain: &Plain, ids: &[u32], shadows: &[u32]) -> Vec<Vec<f64>> {
    let ordinary = (0..)
        .zip(ids)
        .map(|(position, id)| Token { id: *id, position });
    let extra = shadows.iter().map(|position| Token {
        id: MASK,
        position: *position,
    });
    let tokens: Vec<Token> = ordinary.chain(extra).collect();
    let length = ids.len();
    plain.logits(&tokens, &|row, key| {
        if row < length {
            key < length
        } else {
            key != shadows[row - length] as usize
        }
    })
}

#[test]
fn shadow_rows_see_all_but_their_twin_and_nobody_sees_them() {
    let plain = Plain::open(&folder("llama"));
    let none = LogitRules::NONE;
    for (length, count) in [(12, 1), (12, 3), (60, 40)] {
        let ids = sequence(8, length, VOCABULARY);
        let positions: Vec<u32> = (0..count).map(|i| (i * 7 + 1) % length as u32).collect();
        let expected = shadowed(&plain, &ids, &positions);
        for (device, mut model) in models("llama", DtypeChoice::F32) {
            for fused in [true, false] {
                let mut ask = match fused {
                    true => Ask::records(rows(&ids)),
                    false => widely(rows(&ids), &none),
                };
                ask.shadows = positions.iter().map(|p| Shadow { position: *p }).collect();
                let found = read(&mut model, &ids, &ask);
                assert_eq!(found.records.len(), length + positions.len());
                for (r, (record, logits)) in found.records.iter().zip(&expected).enumerate() {
                    let at = r.checked_sub(length).map_or(r, |i| positions[i] as usize);
                    let current = rows(&ids)[at].current;
                    let label = format!("{device:?} {length} fused {fused} row {r}");
                    assert_record(&label, record, &ban(logits.clone(), &[MASK]), current);
                }
            }
            // The same shape without shadows: their places are ordinary again.
            let again = sequence(9, length + count.next_multiple_of(32) as usize, VOCABULARY);
            let expected = logits(&mut model, &again);
            let found = read(&mut model, &again, &Ask::records(rows(&again)));
            for (r, record) in found.records.iter().enumerate() {
                let expected = ban(expected[r].clone(), &[MASK]);
                let label = format!("{device:?} {length} again row {r}");
                assert_record(&label, record, &expected, rows(&again)[r].current);
            }
        }
    }
}

/// The shadow of a masked position computes what the position itself does.
#[test]
fn the_shadow_of_a_masked_position_is_its_twin() {
    let ids = sequence(10, 30, VOCABULARY);
    for (device, mut model) in models("llama", DtypeChoice::F32) {
        let mut ask = Ask::records(vec![row(5, NO_TOKEN)]);
        ask.shadows = vec![Shadow { position: 5 }];
        let found = read(&mut model, &ids, &ask);
        let [own, shadow] = found.records[..] else {
            panic!("two records")
        };
        assert_eq!(own.top1, shadow.top1, "{device:?}");
        close("lse", shadow.lse, f64::from(own.lse), 1e-5);
        close("ent", shadow.ent, f64::from(own.ent), 1e-5);
    }
}

#[track_caller]
fn assert_refused(model: &mut LoadedModel, ids: &[u32], ask: &Ask) {
    let error = block_on(model.read(ids, ask)).expect_err("refused");
    assert_eq!(error.code, ErrorCode::BadInput, "{error}");
}

#[test]
fn rules_that_cannot_be_applied_are_refused() {
    let ids = sequence(11, 6, VOCABULARY);
    let (_, mut model) = models("llama", DtypeChoice::F32).remove(0);
    let changes: [fn(&mut LogitRules); 8] = [
        |r| r.bias = vec![(1000, 0.0)],
        |r| r.bias = vec![(3, f32::NAN)],
        |r| r.bias = vec![(3, f32::INFINITY)],
        |r| r.bias = (0..1000).map(|id| (id, f32::NEG_INFINITY)).collect(),
        |r| r.repetition_penalty = 0.0,
        |r| r.cfg_scale = f32::NAN,
        |r| r.top_k = Some(0),
        |r| r.top_p = Some(-0.1),
    ];
    for change in changes {
        let mut rules = LogitRules::NONE;
        change(&mut rules);
        let ask = Ask {
            guidance: &rules,
            ..Ask::records(rows(&ids))
        };
        assert_refused(&mut model, &ids, &ask);
    }
}

#[test]
fn asks_that_do_not_fit_are_refused() {
    let ids = sequence(11, 6, VOCABULARY);
    let (_, mut model) = models("llama", DtypeChoice::F32).remove(0);
    let changes: [fn(&mut Ask); 6] = [
        |ask| ask.rows[0].row = 6,
        |ask| ask.shadows = vec![Shadow { position: 6 }],
        |ask| ask.gather = vec![[0; GATHERED]],
        |ask| ask.gather = vec![[1000; GATHERED]; 6],
        |ask| ask.kl = Some(vec![0; 6]),
        |ask| ask.unconditional = Some(vec![1; 5]),
    ];
    for change in changes {
        let mut ask = Ask::records(rows(&ids));
        change(&mut ask);
        assert_refused(&mut model, &ids, &ask);
    }
    let mut ask = Ask::records(rows(&ids));
    ask.shadows = vec![Shadow { position: 2 }];
    let (_, mut shifted) = models("dream", DtypeChoice::F32).remove(0);
    assert_refused(&mut shifted, &ids, &ask);
    assert_eq!(
        read(&mut model, &ids, &ask).records.len(),
        7,
        "still usable"
    );
}

/// Rules are data, and two slots of logits take turns: nothing is made anew once both are there.
#[test]
fn in_the_steady_state_nothing_is_created() {
    let ids = sequence(12, 20, VOCABULARY);
    for (_, mut model) in models("llama", DtypeChoice::F32) {
        let mut made = Vec::new();
        for step in 0..6 {
            let rules = LogitRules {
                bias: vec![(step + 3, 1.0)],
                top_k: Some(step + 1),
                ..LogitRules::NONE
            };
            let ask = Ask {
                kl: Some(vec![NO_TOKEN; 20]),
                guidance: &rules,
                ..Ask::records(rows(&ids))
            };
            read(&mut model, &ids, &ask);
            let counters = model.executor().gpu().map(|gpu| gpu.counters());
            made.extend(counters.map(|c| (c.buffers, c.bind_groups, c.submissions - step as u64)));
        }
        assert!(
            made.iter().skip(2).all(|counts| *counts == made[1]),
            "{made:?}"
        );
    }
}
