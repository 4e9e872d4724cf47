//! Everything surer than the tokens so far were (Saber).

use super::super::method::Parameter;
use super::{Commit, Method, Row, Select, Splice, Step, by_position, ranked};
use crate::sorted_map::SortedMap;

/// `floor`, as both pieces of Saber take it.
pub(in super::super) const FLOOR: Parameter = Parameter::count(
    "floor",
    1,
    2,
    "Tokens that a step commits at least; half of it bounds from below what is taken back.",
);

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "saber",
    doc: "Commits everything surer than the average token so far, and a few always. Meant to go with the revise method of the same name.",
    source: "Saber, zhaoyMa/Saber",
    parameters: &[FLOOR],
    build: |values, _| Ok(Box::new(SaberThreshold::new(values.count("floor")))),
};

/// Commits every candidate with confidence `>` the mean of what all tokens so far were committed
/// with (1 while there are none), and the `floor` surest whatever they have.
///
/// Equality does not pass, as in `generate_with_saber` (zhaoyMa/Saber). A token that was taken
/// back counts with its last commit there and here.
pub struct SaberThreshold {
    floor: usize,
    committed: SortedMap<u32, f32>,
}

impl SaberThreshold {
    /// At least `floor` tokens a step.
    #[must_use]
    pub fn new(floor: u32) -> Self {
        Self {
            floor: floor as usize,
            committed: SortedMap::new(),
        }
    }

    fn threshold(&self) -> f32 {
        let total: f64 = self.committed.values().map(|&c| f64::from(c)).sum();
        match self.committed.len() {
            0 => 1.0,
            count => (total / count as f64) as f32,
        }
    }
}

impl Select for SaberThreshold {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let threshold = self.threshold();
        let mut commits = ranked(candidates);
        let sure = commits.partition_point(|commit| commit.confidence > threshold);
        let floor = if step.block.must_commit {
            self.floor
        } else {
            0
        };
        commits.truncate(sure.max(floor));
        let remembered = commits
            .iter()
            .map(|commit| (commit.position, commit.confidence));
        self.committed.extend(remembered);
        by_position(commits)
    }

    fn spliced(&mut self, splice: &Splice) {
        let moved = |(&position, &confidence)| Some((splice.moved(position)?, confidence));
        self.committed = self.committed.iter().filter_map(moved).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    #[test]
    fn the_first_step_commits_the_floor() {
        let first = |floor, confidences: &[f32]| {
            select_at(&mut SaberThreshold::new(floor), &rows(confidences), 0)
        };
        assert_eq!(first(2, &[0.2, 0.9, 0.5]), [1, 2]);
        assert_eq!(first(2, &[0.5, 0.5, 0.5]), [0, 1], "of equals the lower");
        assert_eq!(first(5, &[0.5, 0.1]), [0, 1], "fewer than the floor");
        assert_eq!(first(2, &[]), [0; 0]);
    }

    #[test]
    fn later_steps_ask_for_more_than_the_mean_so_far() {
        let mut saber = SaberThreshold::new(1);
        let all = rows(&[0.5, 0.5, 0.5, 0.6, 0.7]);
        assert_eq!(select_at(&mut saber, &all[..1], 0), [0]);
        assert_eq!(saber.threshold(), all[0].commit().confidence);
        assert_eq!(
            select_at(&mut saber, &all[1..], 1),
            [3, 4],
            "equality fails"
        );
        assert_eq!(select_at(&mut saber, &all[1..3], 2), [1], "none: the floor");
    }

    #[test]
    fn what_is_remembered_moves_with_the_canvas() {
        let mut saber = SaberThreshold::new(1);
        select_at(&mut saber, &rows(&[0.5]), 0);
        let cut = Splice {
            at: 0,
            removed: 1,
            inserted: vec![],
        };
        saber.spliced(&cut);
        assert_eq!(saber.threshold(), 1.0);
    }
}
