//! The surest few of each step, by LLaDA's budget.

use super::budget::{Budget, STEPS};
use super::{Block, Commit, Method, Row, Rule, Select, Step, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "even",
    doc: "Commits the surest few of each step, so many that the block is full after its share of the steps. Without a number of steps it is one token a step, the slowest and the reference.",
    source: "LLaDA, arXiv 2502.09992",
    parameters: &[STEPS],
    build: |values, setup| Ok(Box::new(EvenSplit::new(Budget::of(values, setup)))),
};

/// Commits the surest candidates, so many as the budget allows.
pub struct EvenSplit {
    budget: Budget,
}

impl EvenSplit {
    /// So many a step.
    #[must_use]
    pub fn new(budget: Budget) -> Self {
        Self { budget }
    }
}

impl Select for EvenSplit {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let mut commits = ranked(candidates);
        commits.truncate(self.budget.next(step));
        by_position(commits)
    }

    fn rule(&self, block: &Block, masks: u32, steps: u32) -> Option<Rule> {
        let counts = self.budget.coming(block.index, masks, steps);
        Some(Rule {
            counts: counts.into_iter().map(|count| [count; 2]).collect(),
            ..Rule::all(0, 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    fn select(confidences: &[f32]) -> Vec<u32> {
        let mut even = EvenSplit::new(Budget::new(Some(2), 1));
        select_at(&mut even, &rows(confidences), 0)
    }

    #[test]
    fn the_surest_win_and_of_equals_the_lower_position() {
        assert_eq!(select(&[0.1, 0.5, 0.2, 0.9, 0.3]), [1, 3, 4]);
        assert_eq!(select(&[0.5; 5]), [0, 1, 2]);
        assert_eq!(select(&[0.2, 0.9, 0.5, 0.5, 0.5]), [1, 2, 3]);
    }

    #[test]
    fn no_candidate_no_commit() {
        assert!(select(&[]).is_empty());
    }

    #[test]
    fn rows_without_a_record_are_made_up_for() {
        let mut even = EvenSplit::new(Budget::new(Some(3), 1));
        let all = rows(&[0.5; 6]);
        // Six masks in three steps are two a step; `select_at` shows the masks up to the last row.
        assert_eq!(select_at(&mut even, &all[5..], 0), [5], "one had a record");
        assert_eq!(select_at(&mut even, &all, 1), [0, 1, 2], "two steps left");
    }
}
