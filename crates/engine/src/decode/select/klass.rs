//! What is sure and has stopped moving (KLASS).

use super::super::method::Parameter;
use super::budget::{Quota, STEPS, Share};
use super::per_block::PerBlock;
use super::{Commit, Method, Row, Select, Splice, Step, at_least_one, by_position, ranked};
use crate::sorted_map::SortedMap;

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "klass",
    doc: "Commits everything that is fairly sure and whose distribution has not moved for some steps; where nothing is, an even share of the surest.",
    source: "KLASS, arXiv 2511.05664",
    parameters: &[
        Parameter::probability(
            "threshold",
            0.6,
            "What is surer than this may be committed.",
        ),
        Parameter::real(
            "limit",
            0.0,
            f64::INFINITY,
            0.015,
            "A divergence from the step before that is smaller has not moved, in nats.",
        ),
        Parameter::count("history", 1, 2, "So many steps in a row."),
        STEPS,
    ],
    build: |values, setup| {
        Ok(Box::new(Klass::new(
            values.real("threshold"),
            values.real("limit"),
            values.count("history"),
            Share::of(values, setup),
        )))
    },
};

/// Commits every candidate with confidence `> threshold` whose KL divergence from the forward
/// before was `< limit` in each of the last `history` steps of the block; where there is none, the
/// surest, as many as LLaDA's budget has for the step (shkim0116/KLASS, `llada_klass.py`).
///
/// Equality fails at both. The first divergence of a position is infinite, as nothing is before
/// it, so nothing is stable in the first `history` steps. Of equals the lower position wins.
pub struct Klass {
    threshold: f32,
    limit: f32,
    history: u32,
    quota: Quota,
    /// Steps in a row that each position has been stable.
    stable: PerBlock<SortedMap<u32, u32>>,
}

impl Klass {
    /// A probability, a divergence in nats, and a number of steps.
    #[must_use]
    pub fn new(threshold: f32, limit: f32, history: u32, share: Share) -> Self {
        Self {
            threshold,
            limit,
            history,
            quota: Quota::new(share),
            stable: PerBlock::new(),
        }
    }

    /// Counts this step in.
    fn observe(&mut self, candidates: &[Row], step: &Step) -> &SortedMap<u32, u32> {
        let limit = self.limit;
        let stable = self.stable.enter(step);
        let runs = candidates.iter().map(|row| {
            let before = stable.get(&row.position).copied().unwrap_or(0);
            let run = if row.kl < limit { before + 1 } else { 0 };
            (row.position, run)
        });
        *stable = runs.collect();
        stable
    }
}

impl Select for Klass {
    fn compares(&self) -> bool {
        true
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let ranked = ranked(candidates);
        let count = self.quota.next(step).min(ranked.len());
        let (threshold, history) = (self.threshold, self.history);
        let stable = self.observe(candidates, step);
        let is_ready =
            |commit: &&Commit| commit.confidence > threshold && stable[&commit.position] >= history;
        let ready: Vec<Commit> = ranked.iter().filter(is_ready).copied().collect();
        if !ready.is_empty() {
            return by_position(ready);
        }
        by_position(at_least_one(ranked[..count].to_vec(), &ranked, step))
    }

    fn spliced(&mut self, splice: &Splice) {
        for state in self.stable.states_mut() {
            let moved = std::mem::take(state).into_iter();
            *state = moved
                .filter_map(|(position, run)| Some((splice.moved(position)?, run)))
                .collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    fn piece(steps: Option<u32>) -> Klass {
        Klass::new(0.6, 0.5, 2, Share::new(steps, 1))
    }

    fn candidates(confidences: &[f32], divergences: &[f32]) -> Vec<Row> {
        let mut rows = rows(confidences);
        for (row, &kl) in rows.iter_mut().zip(divergences) {
            row.kl = kl;
        }
        rows
    }

    #[test]
    fn what_is_stable_long_enough_and_sure_is_committed() {
        let mut piece = piece(Some(4));
        let confidences = [0.7, 0.8, 0.5, 0.9];
        let mut step = |number, divergences: [f32; 4]| {
            select_at(&mut piece, &candidates(&confidences, &divergences), number)
        };
        let infinite = f32::INFINITY;
        assert_eq!(step(0, [infinite; 4]), [3], "nothing is known: the quota");
        assert_eq!(step(1, [0.1, 0.1, 0.1, 0.9]), [3], "one step is too short");
        // Position 2 is not sure, position 3 has moved.
        assert_eq!(step(2, [0.1, 0.1, 0.1, 0.1]), [0, 1]);
        assert_eq!(
            step(3, [0.5, 0.1, 0.1, 0.1]),
            [1, 3],
            "the limit itself is too much"
        );
    }

    #[test]
    fn the_threshold_itself_fails() {
        let rows = candidates(&[0.6, 0.9], &[0.0, 9.0]);
        let confidence = rows[0].commit().confidence;
        for (threshold, chosen) in [(confidence, [1]), (confidence.next_down(), [0])] {
            let mut piece = Klass::new(threshold, 0.5, 1, Share::new(None, 1));
            assert_eq!(select_at(&mut piece, &rows, 0), chosen);
        }
    }

    #[test]
    fn the_quota_is_the_even_split_and_of_equals_the_lower_wins() {
        let mut piece = piece(Some(2));
        let rows = candidates(&[0.5; 4], &[f32::INFINITY; 4]);
        assert_eq!(select_at(&mut piece, &rows, 0), [0, 1]);
        assert!(select_at(&mut piece, &[], 1).is_empty());
    }

    #[test]
    fn a_splice_moves_what_is_known() {
        let mut piece = piece(None);
        let before = candidates(&[0.5, 0.7], &[9.0, 0.1]);
        assert_eq!(select_at(&mut piece, &before, 0), [1]);
        piece.spliced(&Splice {
            at: 0,
            removed: 0,
            inserted: vec![1],
        });
        let after = candidates(&[0.9, 0.8, 0.7], &[9.0, 9.0, 0.1]);
        assert_eq!(select_at(&mut piece, &after, 1), [2]);
    }
}
