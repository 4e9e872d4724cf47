//! A rule of selection as data, for a device that decides several steps by itself.

use crate::order;

/// What goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A high probability of the proposed token.
    Confidence,
    /// A low entropy.
    Entropy,
}

/// What the coming steps of a block commit.
///
/// The open rows of a step are ranked, of equals the lower position first. From the best on they
/// are committed up to the first that fails: one whose log-probability is below the bar of its
/// rank, or whose entropy brings the sum of all entropies but the largest above `gamma`. Of `counts`
/// the first number is committed whatever fails, the second is never exceeded.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// How rows are ranked.
    pub order: Order,
    /// At least and at most so many, for each step.
    pub counts: Vec<[u32; 2]>,
    /// The least log-probability of each rank; the last one is that of all further ranks.
    pub bars: Vec<f32>,
    /// Nats.
    pub gamma: f32,
}

impl Rule {
    /// Commits everything, and at least `least`, in each of `steps` steps: what others are made of.
    #[must_use]
    pub(super) fn all(least: u32, steps: u32) -> Self {
        Self {
            order: Order::Confidence,
            counts: vec![[least, u32::MAX]; steps as usize],
            bars: vec![f32::NEG_INFINITY],
            gamma: f32::INFINITY,
        }
    }

    /// Steps that `masks` last where a step commits `pace` if it may.
    pub(super) fn lasts(&self, masks: u32, pace: u32) -> usize {
        let left = self.counts.iter().scan(masks, |left, [least, most]| {
            let before = *left;
            *left = before.saturating_sub(pace.max(1).max(*least).min(*most));
            Some(before)
        });
        left.take_while(|left| *left > 0).count()
    }
}

/// The least logarithm whose probability passes, where none passes that is less than one that
/// fails; infinite where none passes. Comparing logarithms with it is comparing the probabilities,
/// without an exponential that a device would round in its own way.
pub(super) fn least_log(passes: impl Fn(f32) -> bool) -> f32 {
    if passes(0.0) {
        return f32::NEG_INFINITY;
    }
    let [mut fails, mut least] = [f32::NEG_INFINITY, f32::INFINITY].map(order::float_key);
    while least - fails > 1 {
        let middle = fails + (least - fails) / 2;
        match passes(order::key_float(middle).exp()) {
            true => least = middle,
            false => fails = middle,
        }
    }
    order::key_float(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_parts_what_passes_from_what_fails() {
        for threshold in [1e-30f32, 0.1, 0.5, 0.9, 0.999_999_9, 1.0] {
            let passes = |probability: f32| probability >= threshold;
            let bar = least_log(passes);
            assert!(passes(bar.exp()), "{threshold}: {bar}");
            assert!(!passes(bar.next_down().exp()), "{threshold}: {bar}");
        }
        assert_eq!(least_log(|_| true), f32::NEG_INFINITY);
        assert_eq!(least_log(|_| false), f32::INFINITY);
    }

    #[test]
    fn masks_last_as_long_as_the_pace_and_the_limits_say() {
        let free = Rule::all(1, 8);
        assert_eq!(free.lasts(9, 3), 3);
        assert_eq!(free.lasts(10, 3), 4);
        assert_eq!(free.lasts(100, 1), 8, "no longer than the rule");
        let even = Rule {
            counts: vec![[2, 2]; 8],
            ..Rule::all(0, 0)
        };
        assert_eq!([1, 5].map(|pace| even.lasts(7, pace)), [4, 4]);
        assert_eq!(free.lasts(0, 1), 0);
    }
}
