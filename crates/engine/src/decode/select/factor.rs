//! The more are committed at once, the surer each must be (Fast-dLLM v1).

use super::super::method::Parameter;
use super::super::rule::least_log;
use super::{Block, Commit, Method, Row, Rule, Select, Step, at_least_one, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "factor",
    doc: "Commits the more at once the surer they are together, and always the surest.",
    source: "Fast-dLLM v1, arXiv 2505.22618",
    parameters: &[Parameter::real(
        "factor",
        0.0,
        f64::INFINITY,
        1.0,
        "How bold; 1 is what the theory allows.",
    )],
    build: |values, _| Ok(Box::new(Factor::new(values.real("factor")))),
};

/// With the confidences in descending order, commits the first `n`, where `n` is the largest with
/// `(n + 1) (1 - confidence of rank n) < factor`, and the surest whatever it has.
///
/// Equality fails, as in the paper's formula (NVlabs/Fast-dLLM, `get_transfer_index_dynamic`,
/// lets it pass). That code also commits the last rank where it alone fails its test; the formula
/// does not, and neither does this.
pub struct Factor {
    factor: f32,
}

impl Factor {
    /// `factor` is 0 or more.
    #[must_use]
    pub fn new(factor: f32) -> Self {
        Self { factor }
    }
}

impl Select for Factor {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let ranked = ranked(candidates);
        // The left side never falls from rank to rank, so the first failure is the last word.
        let passing = ranked
            .iter()
            .zip(2u32..)
            .take_while(|(commit, rank)| *rank as f32 * (1.0 - commit.confidence) < self.factor);
        let count = passing.count();
        by_position(at_least_one(ranked[..count].to_vec(), &ranked, step))
    }

    fn rule(&self, block: &Block, masks: u32, steps: u32) -> Option<Rule> {
        let bar = |rank: u32| least_log(|sure| rank as f32 * (1.0 - sure) < self.factor);
        Some(Rule {
            bars: (2..masks + 2).map(bar).collect(),
            ..Rule::all(u32::from(block.must_commit), steps)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at, select_freely};
    use super::*;

    fn select(factor: f32, confidences: &[f32]) -> Vec<u32> {
        select_at(&mut Factor::new(factor), &rows(confidences), 0)
    }

    #[test]
    fn each_rank_asks_for_more() {
        // Rank 1 needs more than 0.5, rank 2 more than 2/3, rank 3 more than 3/4.
        assert_eq!(select(1.0, &[0.7, 0.6, 0.9]), [0, 2]);
        assert_eq!(
            select(1.0, &[0.7, 0.8, 0.9]),
            [1, 2],
            "0.7 fails as the third"
        );
        assert_eq!(select(1.0, &[0.76, 0.8, 0.9]), [0, 1, 2], "all pass");
        assert_eq!(select(1.0, &[0.5, 0.4]), [0], "none passes: the surest");
        assert_eq!(
            select(1.0, &[0.9, 0.6]),
            [0],
            "the last rank gets no present"
        );
    }

    #[test]
    fn equality_fails_and_of_equals_the_lower_position_wins() {
        let confidence = rows(&[0.75])[0].commit().confidence;
        let exact = 3.0 * (1.0 - confidence);
        assert_eq!(select(exact, &[0.75, 0.75]), [0]);
        assert_eq!(select(exact.next_up(), &[0.75, 0.75]), [0, 1]);
        assert_eq!(select(0.0, &[1.0, 1.0]), [0]);
    }

    #[test]
    fn bounds() {
        assert_eq!(select(f32::INFINITY, &[0.0, 0.1]), [0, 1]);
        assert!(select(1.0, &[]).is_empty());
        let mut factor = Factor::new(1.0);
        assert!(select_freely(&mut factor, &rows(&[0.4])).is_empty());
        assert_eq!(select_freely(&mut factor, &rows(&[0.6])), [0]);
    }
}
