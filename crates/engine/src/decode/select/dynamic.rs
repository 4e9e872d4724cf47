//! Everything that is sure enough, and never fewer than a fixed number (SDAR, LLaDA2).

use super::super::method::Parameter;
use super::budget::{Quota, STEPS, Share};
use super::{Commit, Method, Row, Select, Step, at_least_one, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "dynamic",
    doc: "Commits everything that is surer than the threshold, but never fewer than an even share of the block.",
    source: "SDAR (JetAstra/SDAR), TraDo, LLaDA2.0",
    parameters: &[
        Parameter::probability("threshold", 0.9, "What is surer than this is committed."),
        STEPS,
    ],
    build: |values, setup| {
        Ok(Box::new(Dynamic::new(
            values.real("threshold"),
            Share::of(values, setup),
        )))
    },
};

/// Commits every candidate with confidence `> threshold`; where those are fewer than the step's
/// quota, as many of the surest (`low_confidence_dynamic`, JetAstra/SDAR).
///
/// Equality fails. Of equals the lower position wins.
pub struct Dynamic {
    threshold: f32,
    quota: Quota,
}

impl Dynamic {
    /// `threshold` is a probability.
    #[must_use]
    pub fn new(threshold: f32, share: Share) -> Self {
        Self {
            threshold,
            quota: Quota::new(share),
        }
    }
}

impl Select for Dynamic {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let ranked = ranked(candidates);
        let sure = ranked.partition_point(|commit| commit.confidence > self.threshold);
        let count = sure.max(self.quota.next(step)).min(ranked.len());
        by_position(at_least_one(ranked[..count].to_vec(), &ranked, step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    fn select(threshold: f32, steps: Option<u32>, candidates: &[Row]) -> Vec<u32> {
        let mut dynamic = Dynamic::new(threshold, Share::new(steps, 1));
        select_at(&mut dynamic, candidates, 0)
    }

    #[test]
    fn sure_ones_pass_and_the_quota_is_the_least() {
        let candidates = rows(&[0.2, 0.95, 0.5, 0.91]);
        assert_eq!(select(0.9, None, &candidates), [1, 3]);
        assert_eq!(select(0.93, Some(2), &candidates), [1, 3], "a quota of two");
        assert_eq!(select(0.99, None, &candidates), [1], "all below");
        assert_eq!(select(0.1, Some(2), &candidates), [0, 1, 2, 3], "all above");
        assert_eq!(select(0.99, None, &rows(&[0.5, 0.5])), [0], "of equals");
        assert!(select(0.9, None, &[]).is_empty());
    }

    #[test]
    fn the_threshold_itself_fails() {
        let candidates = rows(&[0.7, 0.5, 0.6]);
        let threshold = candidates[2].commit().confidence;
        assert_eq!(select(threshold, None, &candidates), [0]);
        assert_eq!(select(threshold.next_down(), None, &candidates), [0, 2]);
    }
}
