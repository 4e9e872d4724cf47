use unmask_engine::kernels::most_attended::{MostAttended, NONE, Params};

use crate::harness::{Gpus, Problem, numbers};

fn check(gpus: &mut Gpus, label: &str, weights: &[f32], candidates: &[u32], expected: u32) {
    let keys = candidates.len();
    let rows = (weights.len() / keys) as u32;
    let heads = if rows.is_multiple_of(2) { 2 } else { 1 };
    // More rows than count.
    let weights = [weights, &vec![9.0; 2 * keys]].concat();
    let mut problem = Problem::default();
    let call = MostAttended {
        params: Params {
            heads,
            keys: keys as u32,
            at: 2,
        },
        weights: problem.floats(&weights),
        count: problem.words([rows / heads]),
        candidates: problem.words(candidates),
        found: problem.words([9; 4]),
    };
    let out = call.found;
    problem.call(call);
    gpus.each(&problem, out, 4, |device, _, found| {
        assert_eq!(found, [9, 9, expected, 9], "{label} on {device}");
    });
}

#[test]
fn the_candidate_of_the_largest_sum_is_found() {
    let mut gpus = Gpus::open();
    for (rows, keys) in [(1, 1), (3, 9), (8, 64), (5, 200)] {
        let weights: Vec<f32> = numbers(71, rows * keys).iter().map(|w| w.abs()).collect();
        let candidates: Vec<u32> = (0..keys as u32).map(|j| u32::from(j % 3 != 1)).collect();
        let sum = |j: usize| {
            (0..rows)
                .map(|r| f64::from(weights[r * keys + j]))
                .sum::<f64>()
        };
        let all = (0..keys).filter(|j| candidates[*j] == 1);
        let best = all.max_by(|a, b| sum(*a).total_cmp(&sum(*b))).expect("one");
        check(&mut gpus, "numbers", &weights, &candidates, best as u32);
        let none = vec![0; keys];
        check(&mut gpus, "no candidate", &weights, &none, NONE);
        let equal = vec![0.25; rows * keys];
        check(&mut gpus, "all equal", &equal, &candidates, 0);
        let zeros = vec![0.0; rows * keys];
        let mut last = none;
        last[keys - 1] = 1;
        check(
            &mut gpus,
            "nothing attended",
            &zeros,
            &last,
            keys as u32 - 1,
        );
    }
    // Equal sums in two lanes, and the later one in the lower lane.
    let mut weights = vec![0.0; 130];
    (weights[65], weights[2]) = (0.5, 0.5);
    check(&mut gpus, "a tie", &weights, &[1; 130], 2);
    (weights[2], weights[66]) = (0.0, 0.5);
    check(&mut gpus, "a tie of later slots", &weights, &[1; 130], 65);
}
