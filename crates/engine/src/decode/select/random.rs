//! Chance decides, or a little of it (LLaDA).

use super::super::method::Parameter;
use super::budget::{Budget, STEPS};
use super::chance::uniform_at;
use super::{Commit, Method, Row, Select, Step, highest};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "random",
    doc: "Commits positions by chance, in even steps. With less noise, confidence decides and chance only varies the order.",
    source: "LLaDA, arXiv 2502.09992; the mixture is DiffuGuard's",
    parameters: &[
        STEPS,
        Parameter::probability(
            "noise",
            1.0,
            "Share of chance in the order; the rest is confidence.",
        ),
    ],
    build: |values, setup| {
        Ok(Box::new(Random::new(
            Budget::of(values, setup),
            values.real("noise"),
            setup.seed,
        )))
    },
};

/// Commits the highest `(1 - noise) * confidence + noise * u`, so many as the budget allows,
/// where `u` is uniform and a function of (seed, step, position).
///
/// `noise` 1 is LLaDA's `remasking = "random"` (ML-GSAI/LLaDA), 0 is [`super::EvenSplit`]; about
/// 0.1 varies the order of a run without spoiling it (DiffuGuard, which lets it fade; here it is
/// constant). Of equals the lower position wins.
pub struct Random {
    budget: Budget,
    noise: f32,
    seed: u64,
}

impl Random {
    /// So many a step; `noise` is 0 to 1.
    #[must_use]
    pub fn new(budget: Budget, noise: f32, seed: u64) -> Self {
        Self {
            budget,
            noise,
            seed,
        }
    }
}

impl Select for Random {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let count = self.budget.next(step);
        highest(candidates, count, |row| {
            let chance = uniform_at(self.seed, step.number, row.position);
            (1.0 - self.noise) * row.commit().confidence + self.noise * chance
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at};
    use super::*;

    fn select(noise: f32, seed: u64, number: u32, confidences: &[f32]) -> Vec<u32> {
        let mut random = Random::new(Budget::new(None, 1), noise, seed);
        select_at(&mut random, &rows(confidences), number)
    }

    #[test]
    fn every_position_has_the_same_chance() {
        let mut counts = [0; 4];
        for seed in 0..4000 {
            let chosen = select(1.0, seed, 0, &[0.9, 0.1, 0.5, 0.5]);
            assert_eq!(chosen.len(), 1);
            counts[chosen[0] as usize] += 1;
        }
        // The standard deviation of each count is 27.
        assert!(
            counts.iter().all(|count| (880..1120).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn the_draw_depends_on_seed_and_step_only() {
        let draws: Vec<_> = (0..32)
            .map(|step| select(1.0, 7, step, &[0.5; 8]))
            .collect();
        let again: Vec<_> = (0..32)
            .map(|step| select(1.0, 7, step, &[0.1; 8]))
            .collect();
        assert_eq!(draws, again);
        assert!(draws.iter().any(|draw| *draw != draws[0]));
    }

    #[test]
    fn without_noise_confidence_decides_and_a_little_only_varies_it() {
        for step in 0..32 {
            assert_eq!(select(0.0, 1, step, &[0.2, 0.5, 0.5]), [1]);
            assert_eq!(select(0.1, 1, step, &[0.2, 0.9, 0.5]), [1]);
        }
        let swapped = (0..32).any(|step| select(0.1, 1, step, &[0.5, 0.52]) == [0]);
        assert!(swapped);
    }

    #[test]
    fn no_candidate_no_commit() {
        assert!(select(1.0, 1, 0, &[]).is_empty());
    }
}
