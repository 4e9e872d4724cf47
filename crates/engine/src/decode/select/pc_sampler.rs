//! Position and rarity weigh on confidence (PC-Sampler).

use std::collections::HashMap;

use super::super::method::Parameter;
use super::budget::{Budget, STEPS};
use super::{Commit, Method, Row, Select, Step, highest};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "pc_sampler",
    doc: "Commits from the left and rare tokens first, in even steps, so that end marks and punctuation do not run ahead. Every token counts as equally rare unless a library user gives frequencies.",
    source: "PC-Sampler (NEUIR/PC-Sampler)",
    parameters: &[
        STEPS,
        Parameter::real(
            "lambda",
            0.0,
            100.0,
            0.25,
            "How strongly the left is preferred; 0 not at all.",
        ),
        Parameter::real(
            "alpha",
            0.0,
            f64::INFINITY,
            10.0,
            "What rarity can count at most.",
        ),
    ],
    build: |values, setup| {
        Ok(Box::new(PcSampler::new(
            Frequencies::uniform(setup.vocabulary.size),
            values.real("lambda"),
            values.real("alpha"),
            Budget::of(values, setup),
        )))
    },
};

/// How frequent each token is in a corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Frequencies {
    known: HashMap<u32, f32>,
    unseen: f32,
}

impl Frequencies {
    /// All `size` tokens are equally frequent: no corpus is known.
    #[must_use]
    pub fn uniform(size: u32) -> Self {
        Self {
            known: HashMap::new(),
            unseen: 1.0 / size.max(1) as f32,
        }
    }

    /// From how often each id was counted. What was not counts as once, as PC-Sampler has it.
    #[must_use]
    pub fn counted(counts: &HashMap<u32, u64>) -> Self {
        let total = counts.values().sum::<u64>().max(1) as f64;
        let known = counts.iter().filter(|&(_, &count)| count > 0);
        Self {
            known: known
                .map(|(&id, &count)| (id, (count as f64 / total) as f32))
                .collect(),
            unseen: (1.0 / total) as f32,
        }
    }

    /// The frequency of `id`, 0 to 1.
    #[must_use]
    pub fn of(&self, id: u32) -> f32 {
        self.known.get(&id).copied().unwrap_or(self.unseen)
    }
}

/// Commits the highest `exp(-lambda * offset) * min(alpha, -confidence * ln(frequency + 1e-9))`,
/// so many as the budget allows; `offset` counts from the start of the block, `frequency` is that
/// of the proposed token (NEUIR/PC-Sampler, `generate.py`).
///
/// Of equals the lower position wins.
pub struct PcSampler {
    frequencies: Frequencies,
    lambda: f32,
    alpha: f32,
    budget: Budget,
}

impl PcSampler {
    /// `lambda` per position, `alpha` in nats.
    #[must_use]
    pub fn new(frequencies: Frequencies, lambda: f32, alpha: f32, budget: Budget) -> Self {
        Self {
            frequencies,
            lambda,
            alpha,
            budget,
        }
    }

    /// The logarithm of the score, which does not underflow far from the start.
    fn score(&self, row: &Row, start: u32) -> f32 {
        let commit = row.commit();
        let surprise = -(self.frequencies.of(commit.id) + 1e-9).ln();
        let content = (commit.confidence * surprise).max(0.0).min(self.alpha);
        // A mask of the prompt stands before the start.
        let offset = commit.position as f32 - start as f32;
        content.ln() - self.lambda * offset
    }
}

impl Select for PcSampler {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let count = self.budget.next(step);
        // The first block reaches back over the prompt.
        let start = step.block.start.max(step.canvas.prompt_len());
        highest(candidates, count, |row| self.score(row, start))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    fn select(frequencies: Frequencies, lambda: f32, alpha: f32, confidences: &[f32]) -> Vec<u32> {
        let budget = Budget::new(None, 1);
        let mut piece = PcSampler::new(frequencies, lambda, alpha, budget);
        select_at(&mut piece, &rows(confidences), 0)
    }

    #[test]
    fn the_left_is_preferred() {
        let even = || Frequencies::uniform(100);
        assert_eq!(select(even(), 0.25, 10.0, &[0.5, 0.6]), [0]);
        assert_eq!(select(even(), 0.25, 10.0, &[0.5, 0.7]), [1]);
        assert_eq!(select(even(), 0.0, 10.0, &[0.5, 0.6]), [1]);
        assert_eq!(select(even(), 0.0, 10.0, &[0.5, 0.5]), [0], "of equals");
        assert!(select(even(), 0.0, 10.0, &[]).is_empty());
    }

    #[test]
    fn far_from_the_start_confidence_still_counts() {
        let mut confidences = [0.0; 900];
        confidences[898] = 0.2;
        confidences[899] = 0.9;
        assert_eq!(
            select(Frequencies::uniform(100), 0.25, 10.0, &confidences),
            [899]
        );
    }

    #[test]
    fn frequent_tokens_wait() {
        // Tokens 10 and 11 are proposed; 10 makes up nearly everything.
        let counts = HashMap::from([(10, 990), (3, 10)]);
        let frequencies = Frequencies::counted(&counts);
        assert_eq!(frequencies.of(11), 1e-3, "unseen counts as once");
        assert_eq!(select(frequencies.clone(), 0.25, 10.0, &[1.0, 0.1]), [1]);
        assert_eq!(
            select(frequencies, 0.25, 0.0, &[1.0, 0.1]),
            [0],
            "capped to nothing"
        );
        let one = Frequencies::counted(&HashMap::from([(10, 5)]));
        assert_eq!(
            select(one, 0.0, 10.0, &[1.0, 0.01]),
            [1],
            "certain to come: no content"
        );
    }
}
