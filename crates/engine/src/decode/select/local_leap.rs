//! Less is asked for near what is sure (LocalLeap).

use super::super::method::Parameter;
use super::{Commit, Method, Row, Select, Step, at_least_one, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "localleap",
    doc: "Commits everything that is sure enough, asks for less in the neighbourhood of those, and always takes the surest.",
    source: "LocalLeap, arXiv 2510.07081",
    parameters: &[
        Parameter::probability("threshold", 0.9, "The least confidence of an anchor."),
        Parameter::probability("relaxed", 0.75, "The least confidence near an anchor."),
        Parameter::count("radius", 0, 4, "How many positions away is near."),
    ],
    build: |values, _| {
        Ok(Box::new(LocalLeap::new(
            values.real("threshold"),
            values.real("relaxed"),
            values.count("radius"),
        )))
    },
};

/// Commits every candidate with confidence `>= threshold` (the anchors), those with `>= relaxed`
/// at most `radius` positions from an anchor, and the surest whatever it has.
///
/// Equality passes, as in Fast-dLLM v1, on which the method builds. Neighbourhoods reach over
/// absolute positions; candidates are of the block only.
pub struct LocalLeap {
    threshold: f32,
    relaxed: f32,
    radius: u32,
}

impl LocalLeap {
    /// Two probabilities and a distance.
    #[must_use]
    pub fn new(threshold: f32, relaxed: f32, radius: u32) -> Self {
        Self {
            threshold,
            relaxed,
            radius,
        }
    }
}

impl Select for LocalLeap {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let ranked = ranked(candidates);
        let sure = ranked.partition_point(|commit| commit.confidence >= self.threshold);
        let (anchors, others) = ranked.split_at(sure);
        let leaps = |commit: &&Commit| {
            let near = |anchor: &Commit| anchor.position.abs_diff(commit.position) <= self.radius;
            commit.confidence >= self.relaxed && anchors.iter().any(near)
        };
        let mut commits = anchors.to_vec();
        commits.extend(others.iter().filter(leaps));
        by_position(at_least_one(commits, &ranked, step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at, select_freely};
    use super::*;

    fn select(confidences: &[f32]) -> Vec<u32> {
        select_at(&mut LocalLeap::new(0.9, 0.7, 2), &rows(confidences), 0)
    }

    #[test]
    fn less_is_asked_for_near_an_anchor_only() {
        assert_eq!(select(&[0.8, 0.8, 0.6, 0.95, 0.2, 0.8, 0.8]), [1, 3, 5]);
        assert_eq!(select(&[0.8, 0.8, 0.85]), [2], "no anchor: the surest");
        assert_eq!(select(&[0.8, 0.8]), [0], "of equals the lower position");
        assert_eq!(select(&[0.95, 0.91, 0.99]), [0, 1, 2], "all pass");
        assert!(select(&[]).is_empty());
    }

    #[test]
    fn both_thresholds_pass_themselves() {
        let candidates = rows(&[0.9, 0.7]);
        let [high, low] = [0, 1].map(|index: usize| candidates[index].commit().confidence);
        let at = |high, low| select_at(&mut LocalLeap::new(high, low, 1), &candidates, 0);
        assert_eq!(at(high, low), [0, 1]);
        assert_eq!(at(high, low.next_up()), [0]);
        assert_eq!(
            at(high.next_up(), low),
            [0],
            "it is no anchor, only the surest"
        );
    }

    #[test]
    fn where_nothing_must_be_committed_no_anchor_means_nothing() {
        let mut piece = LocalLeap::new(0.9, 0.7, 2);
        assert!(select_freely(&mut piece, &rows(&[0.8, 0.8])).is_empty());
    }
}
