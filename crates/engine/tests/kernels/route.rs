use proptest::prelude::*;
use unmask_engine::kernels::route::{Params, Route, Scores};

use crate::harness::{Gpus, Problem, assert_close, numbers};

struct Case {
    rows: usize,
    experts: usize,
    slots: usize,
    groups: usize,
    open_groups: usize,
    normal: bool,
    sigmoid: bool,
}

const SCALE: f32 = 2.5;

/// The experts of one row in order, and their shares: chosen one at a time, the plain way.
fn oracle(case: &Case, logits: &[f32], bias: &[f32]) -> (Vec<u32>, Vec<f64>) {
    let logits: Vec<f64> = logits.iter().map(|l| f64::from(*l)).collect();
    let largest = logits.iter().copied().fold(f64::MIN, f64::max);
    let total: f64 = logits.iter().map(|l| (l - largest).exp()).sum();
    let score = |logit: f64| match case.sigmoid {
        true => 1.0 / (1.0 + (-logit).exp()),
        false => (logit - largest).exp() / total,
    };
    let scores: Vec<f64> = logits.iter().map(|l| score(*l)).collect();
    let mut appeal: Vec<f64> = match case.sigmoid {
        true => scores
            .iter()
            .zip(bias)
            .map(|(s, b)| s + f64::from(*b))
            .collect(),
        false => logits,
    };
    let size = case.experts / case.groups;
    let mut worth: Vec<f64> = appeal
        .chunks(size)
        .map(|group| take_best(&mut group.to_vec(), 2.min(size)).1.iter().sum())
        .collect();
    let open = take_best(&mut worth, case.open_groups).0;
    for (expert, value) in appeal.iter_mut().enumerate() {
        if !open.contains(&(expert / size)) {
            *value = f64::NEG_INFINITY;
        }
    }
    let (chosen, _) = take_best(&mut appeal, case.slots);
    let sum: f64 = chosen.iter().map(|e| scores[*e]).sum();
    let total = if case.normal { sum } else { 1.0 };
    let share = chosen.iter().map(|e| scores[*e] / total * f64::from(SCALE));
    (chosen.iter().map(|e| *e as u32).collect(), share.collect())
}

/// Places and values of the `count` largest, of equals the first one first.
fn take_best(values: &mut [f64], count: usize) -> (Vec<usize>, Vec<f64>) {
    let mut best = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut place = 0;
        for (i, value) in values.iter().enumerate() {
            if *value > values[place] {
                place = i;
            }
        }
        best.0.push(place);
        best.1.push(values[place]);
        values[place] = f64::NEG_INFINITY;
    }
    best
}

fn check(gpus: &mut Gpus, case: &Case, logits: &[f32], bias: &[f32]) {
    let entries = case.rows * case.slots;
    let mut problem = Problem::default();
    let bias_buffer = problem.floats(bias);
    let call = Route {
        params: Params {
            experts: case.experts as u32,
            slots: case.slots as u32,
            groups: case.groups as u32,
            open_groups: case.open_groups as u32,
            normal: u32::from(case.normal),
            scale: SCALE,
        },
        scores: if case.sigmoid {
            Scores::Sigmoid(bias_buffer)
        } else {
            Scores::Softmax
        },
        rows: case.rows as u32,
        logits: problem.floats(logits),
        chosen: problem.words(vec![7; entries]),
        share: problem.floats(&vec![7.0; entries]),
    };
    let (chosen, share) = (call.chosen, call.share);
    problem.call(call);
    let rows = logits.chunks(case.experts);
    let (experts, shares): (Vec<_>, Vec<_>) = rows.map(|row| oracle(case, row, bias)).unzip();
    let experts = experts.concat();
    gpus.each(&problem, chosen, entries, |label, _, found| {
        assert_eq!(found, experts, "{label}");
    });
    gpus.each(&problem, share, entries, |label, _, found| {
        assert_close(label, found, &shares.concat(), 1e-5);
    });
}

#[test]
fn experts_are_chosen_by_every_rule() {
    let mut gpus = Gpus::open();
    for (rows, experts, slots, groups, open_groups) in [
        (1, 1, 1, 1, 1),
        (3, 4, 2, 1, 1),
        (5, 64, 8, 1, 1),
        (2, 130, 70, 1, 1),
        (4, 256, 8, 8, 4),
        (3, 16, 4, 8, 2),
        (2, 512, 9, 64, 5),
        (2, 6, 2, 6, 3),
    ] {
        let logits: Vec<f32> = numbers(31, rows * experts)
            .iter()
            .map(|l| l * 6.0)
            .collect();
        for sigmoid in [false, true] {
            // Groups are the sigmoid's.
            let (groups, open_groups) = if sigmoid {
                (groups, open_groups)
            } else {
                (1, 1)
            };
            for normal in [false, true] {
                let case = Case {
                    rows,
                    experts,
                    slots,
                    groups,
                    open_groups,
                    normal,
                    sigmoid,
                };
                check(&mut gpus, &case, &logits, &numbers(32, experts));
            }
        }
    }
}

/// Few different values, so that most experts and groups are as good as another.
#[test]
fn of_equals_the_lower_is_chosen() {
    let mut gpus = Gpus::open();
    for sigmoid in [false, true] {
        let groups = if sigmoid { 4 } else { 1 };
        let case = Case {
            rows: 40,
            experts: 24,
            slots: 5,
            groups,
            open_groups: groups.min(2),
            normal: true,
            sigmoid,
        };
        let values = numbers(33, case.rows * case.experts);
        let logits: Vec<f32> = values.iter().map(|v| (v * 3.0).round().abs()).collect();
        check(&mut gpus, &case, &logits, &[0.25; 24]);
    }
}

/// Logits so far apart that an exponential overflows without its largest taken off.
#[test]
fn extreme_logits_are_survived() {
    let mut gpus = Gpus::open();
    let logits = [1e4, -1e4, 9e3, 0.0, 80.0, -80.0];
    for sigmoid in [false, true] {
        let case = Case {
            rows: 1,
            experts: 6,
            slots: 2,
            groups: 1,
            open_groups: 1,
            normal: true,
            sigmoid,
        };
        let bias = [0.0, 0.0, 0.1, 0.0, 0.2, 0.0];
        check(&mut gpus, &case, &logits, &bias);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// On the CPU, whatever the numbers: distinct experts of open groups, shares that fall.
    #[test]
    fn choices_are_distinct_and_in_order(
        logits in prop::collection::vec(-9.0f32..9.0, 48),
        slots in 1usize..9,
        open_groups in 2usize..6,
    ) {
        let case = Case {
            rows: 2,
            experts: 24,
            slots,
            groups: 6,
            open_groups,
            normal: false,
            sigmoid: true,
        };
        check(&mut Gpus::none(), &case, &logits, &[0.0; 24]);
    }
}
