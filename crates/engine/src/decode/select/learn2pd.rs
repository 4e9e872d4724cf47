//! What a small network expects to stay (Learn2PD).

use super::super::method::Parameter;
use super::budget::{Quota, STEPS, Share};
use super::learned::{Filter, Sight};
use super::{Commit, Method, Row, RowScope, Select, Step, at_least_one, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "learn2pd",
    doc: "Commits every proposal that a small network, which reads the confidences of the whole block, expects to stay, and never fewer than an even share. The network was trained for models/tiny in blocks of 8; a longer block is read in windows of 8.",
    source: "Learn2PD, ims-kdks/Learning-to-Parallel-Decoding",
    parameters: &[
        Parameter::probability(
            "threshold",
            0.96,
            "A proposal that the network is surer of than this is committed.",
        ),
        STEPS,
    ],
    build: |values, setup| {
        Ok(Box::new(Learn2Pd::new(
            Filter::tiny()?,
            values.real("threshold"),
            Share::of(values, setup),
        )))
    },
};

/// Commits every candidate whose score is `> threshold`, and of the surest so many as LLaDA's
/// budget has for the step (`generate.py`, ims-kdks/Learning-to-Parallel-Decoding).
///
/// The filter reads the written positions of the block too, with the probability of what the
/// network would say there now. Equality fails. Of equals the lower position wins.
pub struct Learn2Pd {
    filter: Filter,
    threshold: f32,
    quota: Quota,
}

impl Learn2Pd {
    /// `threshold` is a probability.
    #[must_use]
    pub fn new(filter: Filter, threshold: f32, share: Share) -> Self {
        Self {
            filter,
            threshold,
            quota: Quota::new(share),
        }
    }
}

impl Select for Learn2Pd {
    fn scope(&self) -> RowScope {
        RowScope::Block
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let ranked = ranked(candidates);
        let count = self.quota.next(step).min(ranked.len());
        let sight = Sight::of(step);
        let scores = self.filter.scores(&sight.confidence);
        let (surest, others) = ranked.split_at(count);
        let score = |commit: &Commit| scores[sight.index(commit.position)];
        let passes = |commit: &&Commit| score(commit) > self.threshold;
        let mut commits = surest.to_vec();
        commits.extend(others.iter().filter(passes));
        by_position(at_least_one(commits, &ranked, step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    /// A filter of blocks of 2 whose logits are the confidences' features, exchanged.
    fn exchange() -> Filter {
        let text = r#"{
            "block": 2,
            "inner": {"weight": [[0, 1], [1, 0], [0, -1], [-1, 0]]},
            "outer": {"weight": [[1, 0, -1, 0], [0, 1, 0, -1]]}
        }"#;
        Filter::parse(text).unwrap()
    }

    fn select(threshold: f32, steps: Option<u32>, confidences: &[f32]) -> Vec<u32> {
        let mut piece = Learn2Pd::new(exchange(), threshold, Share::new(steps, 1));
        select_at(&mut piece, &rows(confidences), 0)
    }

    #[test]
    fn the_network_decides_and_the_surest_comes_anyway() {
        assert_eq!(
            select(0.5, None, &[0.1, 0.9]),
            [0, 1],
            "its partner is sure"
        );
        assert_eq!(select(0.5, None, &[0.1, 0.2, 0.6, 0.3]), [2, 3]);
        assert_eq!(select(0.5, None, &[0.6, 0.7, 0.8, 0.9]), [0, 1, 2, 3]);
        assert_eq!(select(0.5, None, &[0.1, 0.2]), [1], "none passes");
        assert_eq!(select(0.5, None, &[0.2, 0.2]), [0], "of equals the lower");
        assert!(select(0.5, None, &[]).is_empty());
    }

    #[test]
    fn a_short_window_ends_in_what_is_sure() {
        assert_eq!(select(0.9, None, &[0.4, 0.4, 0.1]), [0, 2]);
    }

    #[test]
    fn the_budget_comes_first() {
        assert_eq!(select(0.5, Some(2), &[0.1, 0.2, 0.3, 0.4]), [2, 3]);
        assert_eq!(select(0.5, Some(1), &[0.1, 0.2, 0.3, 0.4]), [0, 1, 2, 3]);
    }

    #[test]
    fn the_threshold_itself_fails() {
        let candidates = rows(&[0.9, 0.7, 0.9, 0.1]);
        let confidences = [0, 1, 2, 3].map(|at: usize| candidates[at].commit().confidence);
        let score = exchange().scores(&confidences)[1];
        for (threshold, chosen) in [(score, vec![0]), (score.next_down(), vec![0, 1, 3])] {
            let mut piece = Learn2Pd::new(exchange(), threshold, Share::new(None, 1));
            assert_eq!(select_at(&mut piece, &candidates, 0), chosen);
        }
    }
}
