//! Everything that is sure enough, and always the surest (Fast-dLLM v1).

use super::super::method::Parameter;
use super::super::rule::least_log;
use super::{Block, Commit, Method, Row, Rule, Select, Step, at_least_one, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "threshold",
    doc: "Commits everything that is sure enough, and always the surest.",
    source: "Fast-dLLM v1, arXiv 2505.22618",
    parameters: &[Parameter::probability(
        "threshold",
        0.9,
        "The least confidence that is committed.",
    )],
    build: |values, _| Ok(Box::new(Threshold::new(values.real("threshold")))),
};

/// Commits every candidate with confidence `>= threshold`, and the surest whatever it has.
///
/// Equality passes, as in Fast-dLLM v1 on LLaDA (NVlabs/Fast-dLLM, `get_transfer_index`);
/// Fast-dLLM v2, SDAR and LLaDA2 ask for more than the threshold.
pub struct Threshold {
    threshold: f32,
}

impl Threshold {
    /// `threshold` is a probability.
    #[must_use]
    pub fn new(threshold: f32) -> Self {
        Self { threshold }
    }
}

impl Select for Threshold {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let ranked = ranked(candidates);
        let sure = ranked.partition_point(|commit| commit.confidence >= self.threshold);
        by_position(at_least_one(ranked[..sure].to_vec(), &ranked, step))
    }

    fn rule(&self, block: &Block, _masks: u32, steps: u32) -> Option<Rule> {
        let bar = least_log(|confidence| confidence >= self.threshold);
        Some(Rule {
            bars: vec![bar],
            ..Rule::all(u32::from(block.must_commit), steps)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    fn select(threshold: f32, candidates: &[Row]) -> Vec<u32> {
        select_at(&mut Threshold::new(threshold), candidates, 0)
    }

    #[test]
    fn sure_candidates_pass_and_the_surest_always_does() {
        let candidates = rows(&[0.2, 0.95, 0.5, 0.91]);
        assert_eq!(select(0.9, &candidates), [1, 3]);
        assert_eq!(select(0.1, &candidates), [0, 1, 2, 3], "all above: all");
        assert_eq!(select(0.99, &candidates), [1], "all below: exactly one");
        assert_eq!(select(0.9, &[]), Vec::<u32>::new(), "none: none");
    }

    #[test]
    fn the_threshold_itself_passes() {
        let candidates = rows(&[0.2, 0.5, 0.7]);
        let threshold = candidates[1].commit().confidence;
        assert_eq!(select(threshold, &candidates), [1, 2]);
        assert_eq!(select(threshold.next_up(), &candidates), [2]);
    }

    #[test]
    fn of_equals_below_the_threshold_the_lower_position_wins() {
        assert_eq!(select(0.9, &rows(&[0.2, 0.5, 0.5])), [1]);
        assert_eq!(select(0.9, &rows(&[0.5, 0.5, 0.5])), [0]);
    }

    #[test]
    fn zero_commits_everything_and_one_only_certainty() {
        assert_eq!(select(0.0, &rows(&[0.1, 0.2])), [0, 1]);
        assert_eq!(select(1.0, &rows(&[0.1, 1.0, 0.999, 1.0])), [1, 3]);
    }
}
