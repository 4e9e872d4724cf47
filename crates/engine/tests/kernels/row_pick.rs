use unmask_engine::kernels::row_pick::{Params, RowPick};

use crate::harness::{Gpus, Problem, numbers};

/// The places of the largest scores, by rule: repeatedly the largest that is left, the earlier first.
fn oracle(p: &Params, scores: &[f32], gap: u32) -> Vec<u32> {
    let reach = p.reach as i64;
    let pooled = |i: i64| {
        let near = (i - reach..=i + reach).filter_map(|j| scores.get(usize::try_from(j).ok()?));
        near.fold(f32::NEG_INFINITY, |most, score| most.max(*score))
    };
    let mut left: Vec<u32> = (0..p.candidates).collect();
    let mut picked = vec![77; p.first as usize];
    for _ in 0..p.taken {
        let score = |i: u32| pooled(i64::from(i));
        let most = left.iter().fold(f32::NEG_INFINITY, |m, i| m.max(score(*i)));
        let at = left.iter().position(|i| score(*i) == most).expect("left");
        let i = left.remove(at);
        picked.push(if i < gap { i } else { i + p.skipped });
    }
    picked
}

fn check(gpus: &mut Gpus, label: &str, params: Params, scores: &[f32], gap: u32) {
    let mut problem = Problem::default();
    let room = params.candidates as usize + params.first as usize;
    let call = RowPick {
        params,
        scores: problem.floats(scores),
        gap: problem.words([gap]),
        picked: problem.words(vec![77; room]),
    };
    let out = call.picked;
    problem.call(call);
    let mut expected = oracle(&params, scores, gap);
    expected.resize(room, 77);
    gpus.each(&problem, out, room, |device, _, found| {
        assert_eq!(found, expected, "{label} on {device}");
    });
}

#[test]
fn the_largest_are_picked_and_of_equal_ones_the_earlier() {
    let mut gpus = Gpus::open();
    for (candidates, taken) in [(1, 0), (1, 1), (9, 4), (64, 64), (65, 1), (201, 100)] {
        let params = Params {
            candidates,
            taken,
            reach: 0,
            first: 0,
            skipped: 0,
        };
        let scores = numbers(31, candidates as usize);
        check(&mut gpus, "numbers", params, &scores, u32::MAX);
        let few: Vec<f32> = (0..candidates).map(|i| (i * 7 % 3) as f32).collect();
        check(&mut gpus, "ties", params, &few, 4);
        let equal = vec![-2.5; candidates as usize];
        check(&mut gpus, "all equal", params, &equal, 0);
        for reach in [1, 2] {
            let params = Params {
                reach,
                first: 3,
                skipped: 32,
                ..params
            };
            let label = format!("with neighbours up to {reach}");
            check(&mut gpus, &label, params, &scores, 5);
        }
    }
}
