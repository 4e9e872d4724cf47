//! A fixed number of each step, surest or leftmost first (SDAR).

use super::super::method::Parameter;
use super::budget::{Budget, STEPS};
use super::{Commit, Method, Row, Select, Step, highest};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "static",
    doc: "Commits a fixed number in each step, the surest of the block or its leftmost: what block-diffusion models are compared with.",
    source: "SDAR, JetAstra/SDAR",
    parameters: &[
        STEPS,
        Parameter::word(
            "order",
            &["confidence", "position"],
            "Which go first: the surest, or the leftmost.",
        ),
    ],
    build: |values, setup| {
        Ok(Box::new(StaticSplit::new(
            Budget::of(values, setup),
            values.word("order") == "position",
        )))
    },
};

/// Commits the surest candidates (SDAR's `low_confidence_static`) or the leftmost (`sequential`),
/// so many as the budget allows. Of equals the lower position wins.
///
/// SDAR splits the positions of the block, given ones included; the budget here splits its masks,
/// which is the same for a block that is all open.
pub struct StaticSplit {
    budget: Budget,
    leftmost: bool,
}

impl StaticSplit {
    /// So many a step; `leftmost`, or the surest.
    #[must_use]
    pub fn new(budget: Budget, leftmost: bool) -> Self {
        Self { budget, leftmost }
    }
}

impl Select for StaticSplit {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let count = self.budget.next(step);
        highest(candidates, count, |row| {
            // Equal scores leave the order to the positions.
            if self.leftmost {
                0.0
            } else {
                row.commit().confidence
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    fn select(leftmost: bool, confidences: &[f32]) -> Vec<u32> {
        let mut piece = StaticSplit::new(Budget::new(Some(2), 1), leftmost);
        select_at(&mut piece, &rows(confidences), 0)
    }

    #[test]
    fn the_surest_or_the_leftmost() {
        let confidences = [0.1, 0.5, 0.5, 0.9];
        assert_eq!(select(false, &confidences), [1, 3]);
        assert_eq!(select(true, &confidences), [0, 1]);
        assert!(select(false, &[]).is_empty() && select(true, &[]).is_empty());
    }
}
