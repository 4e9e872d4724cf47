//! Records from stored logits against f64: filters, ties, stop tokens last.

use std::cmp::Ordering;

use unmask_engine::Record;
use unmask_engine::kernels::LOWEST;
use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::logit_guidance::RulesHeader;
use unmask_engine::kernels::logit_stats::{LogitStats, Params, ReadoutRow};
use unmask_engine::random;

use crate::harness::{Gpus, Problem, numbers};
use crate::logit_guidance::rules_words;

struct Case {
    vocabulary: usize,
    logits: Vec<f32>, // [rows, vocabulary]
    rows: Vec<RecordRow>,
    rules: RulesHeader,
    stops: Vec<u32>,
}

impl Case {
    fn new(rows: usize, vocabulary: usize) -> Self {
        let mut logits: Vec<f32> = numbers(71, rows * vocabulary)
            .iter()
            .map(|v| v * 9.0)
            .collect();
        for row in logits.chunks_exact_mut(vocabulary) {
            row[1] = LOWEST;
        }
        let last = vocabulary as u32 - 1;
        let record_row = |row: u32| RecordRow {
            row,
            key: random::row_key(3, 8, row),
            current: if row.is_multiple_of(2) {
                NO_TOKEN
            } else {
                row % last
            },
            scale: 1.0,
            noise: 0.0,
        };
        Self {
            vocabulary,
            logits,
            rows: (0..rows as u32).map(record_row).collect(),
            rules: RulesHeader::NONE,
            stops: vec![0, last],
        }
    }

    fn tempered(mut self, temperature: f32) -> Self {
        for row in &mut self.rows {
            row.scale = 1.0 / temperature;
            row.noise = 1.0;
        }
        self
    }

    fn with(mut self, rules: RulesHeader) -> Self {
        self.rules = rules;
        self
    }

    /// Runs the kernel everywhere and hands each row's record to `check`.
    fn each(&self, gpus: &mut Gpus, mut check: impl FnMut(&str, usize, &Record)) {
        let mut problem = Problem::default();
        let rows = self.rows.len();
        let special = [&[1], self.stops.as_slice()].concat();
        let call = LogitStats {
            params: Params {
                vocabulary: self.vocabulary as u32,
                first_stop: 1,
                stops: self.stops.len() as u32,
            },
            rows: rows as u32,
            logits: problem.floats(&self.logits),
            readout: problem.words(vec![0; rows * size_of::<ReadoutRow>() / 4]),
            record_rows: problem.words(bytemuck::cast_slice::<_, u32>(&self.rows)),
            rules: problem.words(rules_words(self.rules, &[])),
            special: problem.words(special),
        };
        let out = call.readout;
        problem.call(call);
        let count = rows * size_of::<ReadoutRow>() / 4;
        gpus.each(&problem, out, count, |label, _, found| {
            let found: &[ReadoutRow] = bytemuck::cast_slice(found);
            for (r, row) in found.iter().enumerate() {
                let label = format!("{label} V={} row {r}", self.vocabulary);
                check(&label, r, &row.record);
            }
        });
    }

    /// Logits of row `r` in stat space; minus infinity for banned ids and those filtered out.
    fn kept(&self, r: usize) -> Vec<f64> {
        let raw = &self.logits[r * self.vocabulary..][..self.vocabulary];
        let scale = self.rows[r].scale;
        // The product is rounded as in the kernel, so that ties are the same.
        let stat = |l: &f32| match *l {
            l if l <= LOWEST => f64::NEG_INFINITY,
            l => f64::from(l * scale),
        };
        let logits: Vec<f64> = raw.iter().map(stat).collect();
        let lse = log_sum(&logits);
        let passes = |l: f64| {
            let above = logits.iter().filter(|other| **other > l);
            let mass: f64 = above.clone().map(|l| (l - lse).exp()).sum();
            let top_p = f64::from(self.rules.top_p);
            assert!(
                top_p >= 1.0 || mass == 0.0 || (mass - top_p).abs() > 1e-6,
                "too close to tell"
            );
            let top_k = self.rules.top_k as usize;
            (top_p >= 1.0 || mass <= top_p) && (top_k == 0 || above.count() < top_k)
        };
        if self.rules.top_p >= 1.0 && self.rules.top_k == 0 {
            return logits;
        }
        let filter = |l: &f64| if passes(*l) { *l } else { f64::NEG_INFINITY };
        logits.iter().map(filter).collect()
    }

    fn expected(&self, r: usize) -> Expected {
        let kept = self.kept(r);
        let row = &self.rows[r];
        let noise = |id: usize| match row.noise {
            0.0 => 0.0,
            factor => f64::from(factor * random::gumbel(random::bits(row.key, id as u32))),
        };
        let mut rest = kept.clone();
        if self.rules.eos_last == 1 {
            for id in &self.stops {
                rest[*id as usize] = f64::NEG_INFINITY;
            }
        }
        let stops: Vec<f64> = self.stops.iter().map(|id| kept[*id as usize]).collect();
        let [top1, top2] = best_two(&kept, |_| 0.0);
        let [samp, _] = best_two(&kept, noise);
        let lse = log_sum(&rest);
        let of_rest = rest.iter().filter(|l| l.is_finite());
        Expected {
            ids: [top1, top2, samp],
            logits: [top1, top2, samp].map(|id| rest[id]),
            lse: if lse.is_finite() { lse } else { 0.0 },
            ent: of_rest.map(|l| (l - lse).exp() * (lse - l)).sum(),
            l_cur: kept.get(row.current as usize).copied(),
            l_eos: log_sum(&stops),
        }
    }
}

struct Expected {
    /// top1, top2, samp
    ids: [usize; 3],
    logits: [f64; 3],
    lse: f64,
    ent: f64,
    l_cur: Option<f64>,
    l_eos: f64,
}

/// The best two ids by logit and noise; the lowest id wins a tie.
fn best_two(logits: &[f64], noise: impl Fn(usize) -> f64) -> [usize; 2] {
    let noisy: Vec<f64> = logits
        .iter()
        .enumerate()
        .map(|(i, l)| l + noise(i))
        .collect();
    let order = |a: &usize, b: &usize| match noisy[*b].total_cmp(&noisy[*a]) {
        Ordering::Equal => a.cmp(b),
        order => order,
    };
    let mut ranked: Vec<usize> = (0..logits.len()).collect();
    ranked.sort_by(order);
    [ranked[0], ranked[1]]
}

fn log_sum(logits: &[f64]) -> f64 {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + logits.iter().map(|l| (l - top).exp()).sum::<f64>().ln()
}

fn assert_record(label: &str, record: &Record, expected: &Expected) {
    let close = |name: &str, found: f32, expected: f64| {
        let found = f64::from(found);
        let same = (expected == f64::NEG_INFINITY && found < -1e37)
            || (found - expected).abs() <= 5e-5 * (1.0 + expected.abs());
        assert!(same, "{label}: {name} is {found}, expected {expected}");
    };
    let [l1, l2, l_samp] = expected.logits;
    let [top1, top2, samp] = expected.ids.map(|id| id as u32);
    assert_eq!((record.top1, record.samp), (top1, samp), "{label}");
    if l2.is_finite() {
        assert_eq!(record.top2, top2, "{label}");
    }
    close("l1", record.l1, l1);
    close("l2", record.l2, l2);
    close("l_samp", record.l_samp, l_samp);
    close("lse", record.lse, expected.lse);
    close("ent", record.ent, expected.ent);
    let l_cur = expected.l_cur.unwrap_or(f64::NEG_INFINITY);
    close("l_cur", record.l_cur, l_cur);
    close("l_eos", record.l_eos, expected.l_eos);
}

fn check(gpus: &mut Gpus, case: &Case) {
    let expected: Vec<Expected> = (0..case.rows.len()).map(|r| case.expected(r)).collect();
    case.each(gpus, |label, r, record| {
        let label = format!("{label} {:?}", case.rules);
        assert_record(&label, record, &expected[r]);
    });
}

fn filters() -> Vec<RulesHeader> {
    let none = RulesHeader::NONE;
    let of = |top_k, top_p| RulesHeader {
        top_k,
        top_p,
        ..none
    };
    vec![
        none,
        of(1, 1.0),
        of(5, 1.0),
        of(100_000, 1.0),
        of(0, 0.0),
        of(0, 0.55),
        of(0, 0.93),
        of(3, 0.8),
        of(40, 0.8),
    ]
}

#[test]
fn records_are_those_of_the_kept_logits() {
    let mut gpus = Gpus::open();
    for (rows, vocabulary) in [(1, 8), (5, 333), (3, 1000)] {
        for filter in filters() {
            for eos_last in [0, 1] {
                let rules = RulesHeader { eos_last, ..filter };
                check(&mut gpus, &Case::new(rows, vocabulary).with(rules));
                check(
                    &mut gpus,
                    &Case::new(rows, vocabulary).tempered(0.7).with(rules),
                );
            }
        }
    }
}

#[test]
fn a_large_vocabulary_is_covered_to_its_last_id() {
    let mut gpus = Gpus::open();
    let mut case = Case::new(2, 151_936);
    let last = case.logits.len() - 1;
    case.logits[last] = 9.5;
    check(&mut gpus, &case);
}

#[test]
fn ties_at_the_boundary_survive() {
    let mut gpus = Gpus::open();
    // Id 1 is banned; 2, 3 and 6 tie, 0.0 and -0.0 too.
    let logits = vec![-1.0, LOWEST, 2.0, 2.0, 0.0, -0.0, 2.0, 3.0];
    let cases = [
        (2, 1.0, vec![7, 2, 3, 6]),
        (5, 1.0, vec![7, 2, 3, 6, 4, 5]),
        // The mass above the tied three is 0.44.
        (0, 0.5, vec![7, 2, 3, 6]),
        (0, 0.4, vec![7]),
        // Top-p comes first, and top-k cannot bring back what it dropped.
        (5, 0.5, vec![7, 2, 3, 6]),
    ];
    for (top_k, top_p, kept) in cases {
        let mut case = Case::new(1, 8).with(RulesHeader {
            top_k,
            top_p,
            ..RulesHeader::NONE
        });
        case.logits.clone_from(&logits);
        let kept: Vec<f64> = kept
            .iter()
            .map(|id: &usize| f64::from(logits[*id]))
            .collect();
        let lse = log_sum(&kept);
        case.each(&mut gpus, |label, _, record| {
            assert!(
                (f64::from(record.lse) - lse).abs() < 1e-5,
                "{label}: top-k {top_k}, top-p {top_p}: lse {} is not {lse}",
                record.lse
            );
        });
        check(&mut gpus, &case);
    }
}

#[test]
fn stop_tokens_come_last() {
    let mut gpus = Gpus::open();
    let mut case = Case::new(1, 8).with(RulesHeader {
        eos_last: 1,
        ..RulesHeader::NONE
    });
    case.stops = vec![7];
    // The stop id leads so far that its mass would swallow the others'.
    case.logits = vec![1.0, LOWEST, 2.0, 0.5, -1.0, 0.0, 0.3, 300.0];
    case.each(&mut gpus, |label, _, record| {
        assert_eq!((record.samp, record.top2), (7, 2), "{label}");
        assert_eq!(record.proposal_confidence(), 0.0, "{label}");
        assert_eq!(record.confidence(), 0.0, "{label}");
        assert!(record.lse > 2.0 && record.lse < 3.5, "{label}");
        assert_eq!(record.l_eos, 300.0, "{label}");
    });
    check(&mut gpus, &case);
    // Nothing else is kept: every probability is 0, none is NaN.
    case.rules.top_k = 1;
    case.each(&mut gpus, |label, _, record| {
        assert_eq!(
            (record.samp, record.lse, record.ent),
            (7, 0.0, 0.0),
            "{label}"
        );
        assert_eq!(record.proposal_confidence(), 0.0, "{label}");
    });
}
