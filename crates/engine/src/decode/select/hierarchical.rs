//! The best of each run of masks (dInfer).

use super::super::method::Parameter;
use super::{Commit, Method, Row, Select, Step, at_least_one, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "hierarchical",
    doc: "Commits what is sure enough, and of each run of masks the best if it is fairly sure: tokens far apart depend less on each other.",
    source: "dInfer, arXiv 2510.08666",
    parameters: &[
        Parameter::probability("high", 0.92, "What is surer than this is committed."),
        Parameter::probability(
            "low",
            0.62,
            "The best of a run is committed if it is surer than this.",
        ),
    ],
    build: |values, _| {
        Ok(Box::new(Hierarchical::new(
            values.real("high"),
            values.real("low"),
        )))
    },
};

/// Commits every candidate with confidence `> high`, the best of each run of masks with
/// confidence `> low`, and the surest of all whatever it has (dInfer's hierarchical decoder).
///
/// Equality fails at both thresholds. Equals at the top of a run pass together; of equals at the
/// top of all, where none passes, the lower position wins.
pub struct Hierarchical {
    high: f32,
    low: f32,
}

impl Hierarchical {
    /// Two probabilities.
    #[must_use]
    pub fn new(high: f32, low: f32) -> Self {
        Self { high, low }
    }

    /// What passes in a run.
    fn passing(&self, run: &[Row]) -> Vec<Commit> {
        let commits = run.iter().map(Row::commit);
        let best = commits.clone().map(|commit| commit.confidence);
        let best = best.fold(f32::NEG_INFINITY, f32::max);
        let passes = |commit: &Commit| {
            let confidence = commit.confidence;
            confidence > self.high || confidence > self.low && confidence == best
        };
        commits.filter(passes).collect()
    }
}

impl Select for Hierarchical {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let adjoin = |a: &Row, b: &Row| {
            (a.position..b.position).all(|position| step.canvas.is_masked(position))
        };
        let runs = candidates.chunk_by(adjoin);
        let mut commits: Vec<Commit> = runs.flat_map(|run| self.passing(run)).collect();
        // The surest of all passes with its run, unless nothing passes anywhere.
        commits = at_least_one(commits, &ranked(candidates), step);
        by_position(commits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, positions, rows, select_at, select_freely, select_in};
    use super::*;
    use crate::decode::{Block, Canvas, Segment};

    /// Three runs: 0..3, 4..6 and 7.
    fn in_runs(confidences: &[f32; 8]) -> Vec<u32> {
        let gap = || Segment::Pinned(vec![1]);
        let segments = [
            Segment::Masked(3),
            gap(),
            Segment::Masked(2),
            gap(),
            Segment::Masked(1),
        ];
        let canvas = Canvas::new(&[], &segments, MASK);
        let mut candidates = rows(confidences);
        candidates.retain(|row| canvas.is_masked(row.position));
        let block = Block::new(0, 0, 8);
        let mut piece = Hierarchical::new(0.9, 0.6);
        positions(&select_in(&mut piece, &candidates, 0, &canvas, block))
    }

    #[test]
    fn the_best_of_each_run_and_what_is_sure() {
        assert_eq!(in_runs(&[0.7, 0.8, 0.95, 0.0, 0.5, 0.7, 0.0, 0.5]), [2, 5]);
        assert_eq!(
            in_runs(&[0.95, 0.8, 0.91, 0.0, 0.5, 0.4, 0.0, 0.7]),
            [0, 2, 7]
        );
        assert_eq!(
            in_runs(&[0.1, 0.2, 0.3, 0.0, 0.5, 0.5, 0.0, 0.4]),
            [4],
            "none"
        );
    }

    #[test]
    fn equals_at_the_top_of_a_run_pass_together() {
        assert_eq!(
            in_runs(&[0.7, 0.7, 0.6, 0.0, 0.8, 0.8, 0.0, 0.1]),
            [0, 1, 4, 5]
        );
    }

    #[test]
    fn a_mask_without_a_record_does_not_split_a_run() {
        let mut candidates = rows(&[0.7, 0.1, 0.8]);
        candidates.remove(1);
        assert_eq!(
            select_at(&mut Hierarchical::new(0.9, 0.6), &candidates, 0),
            [2]
        );
    }

    #[test]
    fn the_thresholds_themselves_fail() {
        let candidates = rows(&[0.9, 0.8]);
        let [first, second] = [0, 1].map(|index: usize| candidates[index].commit().confidence);
        let at = |high, low| select_at(&mut Hierarchical::new(high, low), &candidates, 0);
        assert_eq!(at(second, 0.99), [0]);
        assert_eq!(at(second.next_down(), 0.99), [0, 1]);
        let mut piece = Hierarchical::new(1.0, first);
        assert!(select_freely(&mut piece, &candidates).is_empty());
        assert!(select_at(&mut piece, &[], 0).is_empty());
    }
}
