//! The head and its statistics against f64 (conformance tests 13 and 14 of the decoding handbook).

use unmask_engine::Record;
use unmask_engine::kernels::head_merge::{self, HeadMerge};
use unmask_engine::kernels::head_stats::{HeadStats, NO_TOKEN, PARTIAL_WORDS, Params, RecordRow};
use unmask_engine::kernels::tile::Tile;
use unmask_engine::random;
use unmask_engine::recording::{BufferId, Tier};
use unmask_engine::weights::Format;

use crate::harness::{Gpus, Problem, numbers};
use crate::matmul_tile::{packed, seen};

struct Head {
    k: usize,
    /// Tokens of each shard.
    shards: Vec<usize>,
    x: Vec<f32>, // [rows, k]
    w: Vec<f32>, // [vocabulary, k]
    /// `[vocabulary]`, where the head has one
    bias: Option<Vec<f32>>,
    banned: Vec<u32>,
    stops: Vec<u32>,
    rows: Vec<RecordRow>,
}

impl Head {
    fn vocabulary(&self) -> usize {
        self.shards.iter().sum()
    }

    /// The problem, and its records' buffer.
    fn problem(&self, format: Format) -> (Problem, BufferId, Vec<f32>) {
        let mut problem = Problem::default();
        let rows = self.rows.len();
        let x = problem.floats(&self.x);
        let record_rows = problem.words(bytemuck::cast_slice::<_, u32>(&self.rows));
        let bias = self.bias.as_ref().map(|bias| problem.floats(bias));
        let special = problem.words([self.banned.clone(), self.stops.clone(), vec![0]].concat());
        let partials_of = |tokens: &usize| HeadStats::partials(*tokens as u32);
        let total: u32 = self.shards.iter().map(partials_of).sum();
        let partials = problem.words(vec![0; total as usize * rows * PARTIAL_WORDS]);
        let records = problem.words(vec![0; rows * Record::BYTES / 4]);
        let (mut first, mut first_partial, mut rounded) = (0, 0, Vec::new());
        for tokens in &self.shards {
            let (words, values) =
                packed(format, &self.w[first * self.k..][..tokens * self.k], self.k);
            rounded.extend(values);
            let call = HeadStats {
                params: Params {
                    rows: rows as u32,
                    quads: self.k as u32 / 4,
                    columns: *tokens as u32,
                    first_id: first as u32,
                    scale_offset: (format.scale_offset(*tokens, self.k) / 4) as u32,
                    first_partial,
                    banned: self.banned.len() as u32,
                    stops: self.stops.len() as u32,
                },
                format,
                x,
                weight: problem.words(words),
                partials,
                record_rows,
                special,
                bias,
            };
            problem.call(call);
            first += tokens;
            first_partial += partials_of(tokens);
        }
        problem.call(HeadMerge {
            params: head_merge::Params {
                rows: rows as u32,
                partials: total,
            },
            partials,
            records,
        });
        (problem, records, rounded)
    }

    /// Logits of row `r` of `x` in stat space, f64; banned ids are minus infinity.
    fn logits(&self, x: &[f32], w: &[f32], r: usize) -> Vec<f64> {
        let row = &x[r * self.k..][..self.k];
        let logit = |id: usize| {
            if self.banned.contains(&(id as u32)) {
                return f64::NEG_INFINITY;
            }
            let pairs = row.iter().zip(&w[id * self.k..][..self.k]);
            let product: f64 = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let bias = self.bias.as_ref().map_or(0.0, |bias| bias[id]);
            (product + f64::from(bias)) * f64::from(self.rows[r].scale)
        };
        (0..self.vocabulary()).map(logit).collect()
    }
}

fn row(row: u32, current: u32) -> RecordRow {
    RecordRow {
        row,
        key: random::row_key(9, 4, row),
        current,
        scale: 1.0,
        noise: 0.0,
    }
}

fn log_sum(logits: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        top
    } else {
        top + logits.map(|l| (l - top).exp()).sum::<f64>().ln()
    }
}

/// Compares a record with what the logits say; exact ids where the logits are exact.
fn check_record(
    label: &str,
    record: &Record,
    head: &Head,
    r: usize,
    logits: &[f64],
    tolerance: f64,
) {
    let close = |name: &str, found: f32, expected: f64| {
        let found = f64::from(found);
        // The kernel's stand-in for minus infinity.
        let same = (expected == f64::NEG_INFINITY && found < -1e37)
            || (found - expected).abs() <= tolerance * (1.0 + expected.abs());
        assert!(
            same,
            "{label}: row {r}: {name} is {found}, expected {expected}"
        );
    };
    let lse = log_sum(logits.iter().copied());
    let entropy: f64 = logits
        .iter()
        .filter(|l| l.is_finite())
        .map(|l| (l - lse).exp() * (lse - l))
        .sum();
    let mut ranked: Vec<usize> = (0..logits.len()).collect();
    ranked.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
    close("l1", record.l1, logits[ranked[0]]);
    close(
        "logit of top1",
        logits[record.top1 as usize] as f32,
        logits[ranked[0]],
    );
    if logits[ranked[1]].is_finite() {
        close("l2", record.l2, logits[ranked[1]]);
        close(
            "logit of top2",
            logits[record.top2 as usize] as f32,
            logits[ranked[1]],
        );
        assert_ne!(record.top1, record.top2, "{label}");
    }
    close("lse", record.lse, lse);
    close("ent", record.ent, entropy);
    let current = head.rows[r].current;
    close(
        "l_cur",
        record.l_cur,
        if current == NO_TOKEN {
            f64::NEG_INFINITY
        } else {
            logits[current as usize]
        },
    );
    close(
        "l_eos",
        record.l_eos,
        log_sum(head.stops.iter().map(|id| logits[*id as usize])),
    );
    close("l_samp", record.l_samp, logits[record.samp as usize]);
}

fn check(gpus: &mut Gpus, head: &Head, format: Format, extra: impl Fn(&str, Tier, usize, &Record)) {
    let (problem, records, rounded) = head.problem(format);
    let count = head.rows.len() * Record::BYTES / 4;
    gpus.each(&problem, records, count, |label, tier, found| {
        let tolerance = if Tile::choose(tier, format, head.rows.len() as u32, head.k as u32 / 4)
            == Tile::StagedF16
        {
            6e-3
        } else {
            1e-4
        };
        let x = seen(label, format, &head.x);
        for (r, record) in bytemuck::cast_slice::<u32, Record>(found)
            .iter()
            .enumerate()
        {
            let label = format!("{label} {format}");
            check_record(
                &label,
                record,
                head,
                r,
                &head.logits(&x, &rounded, r),
                tolerance,
            );
            extra(&label, tier, r, record);
        }
    });
}

fn sample_head(k: usize, shards: &[usize], rows: u32) -> Head {
    let vocabulary: usize = shards.iter().sum();
    let last = vocabulary as u32 - 1;
    Head {
        k,
        shards: shards.to_vec(),
        x: numbers(31, rows as usize * k)
            .iter()
            .map(|v| v * 4.0)
            .collect(),
        w: numbers(32, vocabulary * k),
        bias: None,
        banned: vec![last / 2],
        stops: vec![0, last],
        rows: (0..rows)
            .map(|r| row(r, if r % 2 == 0 { NO_TOKEN } else { r % (last / 2) }))
            .collect(),
    }
}

#[test]
fn records_agree_with_f64_on_every_format_and_shape() {
    let mut gpus = Gpus::open();
    for (k, shards, rows) in [
        (32, vec![5], 1),
        (64, vec![333], 33),
        (96, vec![128, 1000], 7),
        (64, vec![32, 32, 96], 40),
    ] {
        let head = sample_head(k, &shards, rows);
        for format in Format::ALL {
            check(&mut gpus, &head, format, |label, _, _, record| {
                assert_eq!(
                    record.samp, record.top1,
                    "{label}: without noise the sample is the argmax"
                );
            });
        }
    }
}

#[test]
fn records_agree_with_f64_by_every_tile() {
    let mut gpus = Gpus::open_tiles();
    for (k, shards, rows) in [(32, vec![5], 1), (96, vec![128, 1300], 9)] {
        let head = sample_head(k, &shards, rows);
        for format in [Format::F32, Format::Q4_0] {
            check(&mut gpus, &head, format, |_, _, _, _| ());
        }
    }
}

#[test]
fn a_bias_is_part_of_the_logits() {
    let mut gpus = Gpus::open();
    let mut head = sample_head(64, &[32, 96], 5);
    head.bias = Some(numbers(33, 128).iter().map(|b| b * 6.0).collect());
    for r in &mut head.rows {
        r.scale = 1.0 / 0.7;
    }
    for format in Format::ALL {
        check(&mut gpus, &head, format, |_, _, _, _| {});
    }
}

#[test]
fn equal_logits_go_to_the_lower_id_across_tiles_and_shards() {
    let mut gpus = Gpus::open();
    let (k, vocabulary) = (32, 300);
    let mut head = sample_head(k, &[160, 140], 3);
    // All tokens alike: every logit is equal, on every tier exactly.
    head.w = [1.0, 0.5].repeat(k / 2).repeat(vocabulary);
    head.banned = vec![0];
    head.stops = vec![299];
    check(&mut gpus, &head, Format::F32, |label, _, _, record| {
        assert_eq!(
            (record.top1, record.top2, record.samp),
            (1, 2, 1),
            "{label}"
        );
    });
}

#[test]
fn one_token_left_is_certain() {
    let mut gpus = Gpus::open();
    let mut head = sample_head(32, &[40], 2);
    head.banned = (0..40).filter(|id| *id != 37).collect();
    head.stops = vec![3];
    check(&mut gpus, &head, Format::F32, |label, _, _, record| {
        assert_eq!((record.top1, record.samp), (37, 37), "{label}");
        assert_eq!((record.ent, record.confidence()), (0.0, 1.0), "{label}");
    });
}

#[test]
fn noise_is_the_same_on_every_executor_and_scale_is_applied() {
    let mut gpus = Gpus::open();
    let mut head = sample_head(64, &[500], 16);
    for r in &mut head.rows {
        r.scale = 1.0 / 0.7;
        r.noise = 1.0;
    }
    let (problem, records, _) = head.problem(Format::F32);
    let mut reference: Vec<u32> = Vec::new();
    gpus.each(
        &problem,
        records,
        16 * Record::BYTES / 4,
        |label, _, found| {
            let samples: Vec<u32> = bytemuck::cast_slice::<u32, Record>(found)
                .iter()
                .map(|r| r.samp)
                .collect();
            if reference.is_empty() {
                reference = samples;
            } else {
                assert_eq!(samples, reference, "{label}");
            }
        },
    );
    check(&mut gpus, &head, Format::F32, |_, _, _, _| ());
}

/// χ² of 4,000 samples of one row against its softmax.
#[test]
fn samples_follow_the_softmax() {
    for temperature in [0.2_f32, 1.0, 1.5] {
        let mut head = sample_head(32, &[12], 1);
        let draws = 4000;
        head.x = head.x.repeat(draws);
        head.rows = (0..draws as u32)
            .map(|r| RecordRow {
                row: r,
                key: random::row_key(77, r, 5),
                current: NO_TOKEN,
                scale: 1.0,
                noise: temperature,
            })
            .collect();
        let (problem, records, rounded) = head.problem(Format::F32);
        let tempered: Vec<f64> = head
            .logits(&head.x, &rounded, 0)
            .iter()
            .map(|l| l / f64::from(temperature))
            .collect();
        let lse = log_sum(tempered.iter().copied());
        Gpus::open().each(
            &problem,
            records,
            draws * Record::BYTES / 4,
            |label, _, found| {
                let mut counts = [0.0; 12];
                for record in bytemuck::cast_slice::<u32, Record>(found) {
                    counts[record.samp as usize] += 1.0;
                }
                let expected = tempered.iter().map(|l| (l - lse).exp() * draws as f64);
                let terms = counts.iter().zip(expected).filter(|(_, e)| *e > 5.0);
                let chi2: f64 = terms.map(|(c, e)| (c - e).powi(2) / e).sum();
                // 11 degrees of freedom: 31.3 is the 99.9th percentile.
                assert!(chi2 < 31.3, "{label}: T={temperature}: chi² {chi2}");
            },
        );
    }
}
