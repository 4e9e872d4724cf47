//! Softmax of scores that come in parts (Milakov & Gimelshein 2018, arXiv 1805.02867), of several queries
//! side by side.

use crate::lanes::{Lanes, ROUND, Task, Vector, run};

/// What softmax knows of each query's keys so far.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    /// The largest scores.
    pub largest: Lanes,
    /// Sums of weights, relative to that of the largest score.
    pub totals: Lanes,
}

impl Softmax {
    /// Replaces every score s by its weight `e^(scale (s - m))`, where m is the largest one so far, and
    /// makes `sums`, of what was weighed before, relative to m as well.
    pub fn weigh(&mut self, scores: &mut [Lanes], scale: f32, sums: &mut [Lanes]) {
        run(Weigh {
            state: self,
            scores,
            scale,
            sums,
        });
    }
}

struct Weigh<'a> {
    state: &'a mut Softmax,
    scores: &'a mut [Lanes],
    scale: f32,
    sums: &'a mut [Lanes],
}

impl Task for Weigh<'_> {
    #[inline(always)]
    fn run<V: Vector, const N: usize>(self) {
        let before = V::of(&self.state.largest);
        let mut largest = before;
        for score in self.scores.iter() {
            largest = V::of(score).max(largest);
        }
        let turns = V::splat(self.scale * std::f32::consts::LOG2_E);
        let factor = exp2(before.minus(largest).times(turns));
        let mut total = V::of(&self.state.totals).times(factor);
        for score in self.scores.iter_mut() {
            let weight = exp2(V::of(score).minus(largest).times(turns));
            total = total.plus(weight);
            *score = weight.lanes();
        }
        for sum in self.sums.iter_mut() {
            *sum = V::of(sum).times(factor).lanes();
        }
        self.state.largest = largest.lanes();
        self.state.totals = total.lanes();
    }
}

/// Of `2^r` for `|r| <= 1/2`, highest power first; the last is 1. Its largest relative error is the
/// least there is, 1.1e-7.
#[expect(
    clippy::approx_constant,
    reason = "the best factors together, not each by itself"
)]
const POLYNOMIAL: [f32; 5] = [0.0013264727, 0.009671513, 0.055507336, 0.24022242, 0.693147];

/// `2^x` for x <= 0, within 3e-7 relative; 0 below -126.5. What is no number stays so.
#[inline(always)]
fn exp2<V: Vector>(x: V) -> V {
    let round = V::splat(ROUND);
    let x = V::splat(-127.0).max(x);
    let turns = x.plus(round);
    let r = x.minus(turns.minus(round));
    let [first, rest @ ..] = POLYNOMIAL;
    let mut p = V::splat(first);
    for c in rest {
        p = V::splat(c).add_products(p, r);
    }
    V::splat(1.0).add_products(p, r).times(turns.power())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instructions;
    use crate::lanes::{LANES, run_on};

    fn state() -> Softmax {
        Softmax {
            largest: [-3.0e38; LANES],
            totals: [0.0; LANES],
        }
    }

    fn close(found: f32, expected: f64) {
        let error = (f64::from(found) - expected).abs();
        assert!(error < 1e-6 * expected.abs(), "{found}, {expected}");
    }

    #[test]
    fn weights_are_exponentials() {
        for set in Instructions::ALL.iter().filter(|set| set.available()) {
            let mut scores: Vec<Lanes> = (0..9000).map(|i| [i as f32 * -0.002; LANES]).collect();
            let exponents: Vec<f64> = scores.iter().map(|s| f64::from(s[0])).collect();
            run_on(
                *set,
                Weigh {
                    state: &mut state(),
                    scores: &mut scores,
                    scale: 1.0,
                    sums: &mut [],
                },
            );
            for (weight, x) in scores.iter().zip(exponents) {
                // An exponent is rounded before its power is taken.
                let error = (f64::from(weight[7]) / x.exp() - 1.0).abs();
                assert!(
                    error < 3e-7 + 1e-7 * x.abs(),
                    "{set:?}: e^{x} is {}",
                    weight[7]
                );
            }
        }
    }

    #[test]
    fn hidden_scores_weigh_nothing() {
        let mut state = state();
        let mut scores = [[-3.0e38; LANES], [1.0; LANES], [-3.0e38; LANES]];
        state.weigh(&mut scores, 0.125, &mut []);
        assert_eq!(scores.map(|lanes| lanes[3]), [0.0, 1.0, 0.0]);
        assert_eq!(state.totals[3], 1.0);
        // Nor does a part that is hidden as a whole.
        let (before, mut sums) = (state, [[5.0; LANES]]);
        state.weigh(&mut [[-3.0e38; LANES]; 2], 0.125, &mut sums);
        assert_eq!((state.totals, sums), (before.totals, [[5.0; LANES]]));
    }

    #[test]
    fn what_is_no_number_stays_so() {
        let mut state = state();
        let mut scores = [[1.0; LANES], [f32::NAN; LANES]];
        state.weigh(&mut scores, 1.0, &mut []);
        assert!(scores[0][0] == 1.0 && scores[1][0].is_nan() && state.totals[0].is_nan());
    }

    #[test]
    fn weights_of_parts_are_those_of_the_whole() {
        let score =
            |i: usize| std::array::from_fn(|lane| ((i * 37 + lane * 11) % 101) as f32 / 50.0);
        let scores: Vec<Lanes> = (0..50).map(score).collect();
        // The sums are of the weights so far.
        let (mut state, mut sums) = (state(), [[0.0; LANES]]);
        for part in scores.chunks(20) {
            let mut part = part.to_vec();
            state.weigh(&mut part, 0.7, &mut sums);
            for weights in part {
                for (sum, weight) in sums[0].iter_mut().zip(weights) {
                    *sum += weight;
                }
            }
        }
        for lane in 0..LANES {
            let largest = scores.iter().map(|s| s[lane]).fold(0.0, f32::max);
            let exponents = scores
                .iter()
                .map(|s| f64::from(0.7 * (s[lane] - largest)).exp());
            close(state.totals[lane], exponents.sum());
            close(sums[0][lane], f64::from(state.totals[lane]));
        }
    }
}
