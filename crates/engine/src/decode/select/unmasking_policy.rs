//! What a small network was trained by trial to commit (learned unmasking policy).

use super::super::method::Parameter;
use super::chance::uniform_at;
use super::learned::{Policy, Sight};
use super::{Commit, Method, Row, RowScope, Select, Step, at_least_one, by_position, ranked_by};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "unmasking_policy",
    doc: "Commits what a small network is ready to commit, which reads the confidences of the block and was trained by reinforcement to end with the right answer after few forwards. It was trained for models/tiny, in blocks of any length; of a long one it looks at 64 positions.",
    source: "Learning Unmasking Policies, arXiv 2512.09106",
    parameters: &[
        Parameter::word(
            "rule",
            &["threshold", "bernoulli"],
            "What is committed: everything above the threshold; each position by chance, as in training.",
        ),
        Parameter::probability(
            "threshold",
            0.5,
            "Of rule threshold: what the network is readier to commit than this.",
        ),
        Parameter::real(
            "temperature",
            0.05,
            f64::INFINITY,
            1.0,
            "Divides the network's logits: above 1 everything is nearer to an even chance.",
        ),
    ],
    build: |values, setup| {
        let rule = match values.word("rule") {
            "bernoulli" => Rule::Bernoulli { seed: setup.seed },
            _ => Rule::Threshold(values.real("threshold")),
        };
        let temperature = values.real("temperature");
        let piece = UnmaskingPolicy::new(Policy::tiny()?, rule, temperature);
        Ok(Box::new(piece))
    },
};

/// Positions that are looked at in a step, from the first candidate on where the block has more: what
/// attention costs grows with their square, and training saw no more than these.
const REACH: usize = 64;

/// What the policy's chances are compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// One number for all: what has more is committed.
    Threshold(f32),
    /// A uniform number for each position, a function of (seed, step, position): every position is
    /// committed with its own chance, as in training and in the paper.
    Bernoulli {
        /// Seed of the run.
        seed: u64,
    },
}

/// Commits every candidate whose chance `sigmoid(logit / temperature)` is greater than the rule's
/// number; where there is none, the one of the highest chance.
///
/// Equality fails. Of equals the lower position wins. In a block of more than 64 positions those
/// behind the 64th from the first candidate wait.
pub struct UnmaskingPolicy {
    policy: Policy,
    rule: Rule,
    temperature: f32,
}

impl UnmaskingPolicy {
    /// `temperature` is above 0.
    #[must_use]
    pub fn new(policy: Policy, rule: Rule, temperature: f32) -> Self {
        Self {
            policy,
            rule,
            temperature,
        }
    }

    /// What a chance at `position` must exceed.
    fn bar(&self, number: u32, position: u32) -> f32 {
        match self.rule {
            Rule::Threshold(threshold) => threshold,
            Rule::Bernoulli { seed } => uniform_at(seed, number, position),
        }
    }
}

impl Select for UnmaskingPolicy {
    fn scope(&self) -> RowScope {
        RowScope::Block
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let Some(first) = candidates.first() else {
            return Vec::new();
        };
        let sight = Sight::of(step).within(first.position, REACH);
        let end = sight.start + sight.confidence.len() as u32;
        let candidates = &candidates[..candidates.partition_point(|row| row.position < end)];
        let chances = self.policy.chances(&sight, self.temperature);
        let chance = |row: &Row| chances[sight.index(row.position)];
        let ranked = ranked_by(candidates, chance);
        let passes = |row: &&&Row| chance(row) > self.bar(step.number, row.position);
        let commits = ranked.iter().filter(passes).map(|row| row.commit());
        let commits = commits.collect();
        let ranked: Vec<Commit> = ranked.into_iter().map(Row::commit).collect();
        by_position(at_least_one(commits, &ranked, step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at, select_freely};
    use super::*;

    /// A policy whose logits are 8 where the confidence is above one half and -8 below it.
    fn by_sign() -> Policy {
        let text = r#"{
            "heads": 1,
            "enter": {"weight": [[1, 0, 0]]},
            "qkv": {"weight": [[0], [0], [0]]},
            "mix": {"weight": [[0]]},
            "inner": {"weight": [[0]]},
            "outer": {"weight": [[0]]},
            "leave": {"weight": [[8]]},
            "left": [0],
            "right": [0]
        }"#;
        Policy::parse(text).unwrap()
    }

    fn piece(rule: Rule, temperature: f32) -> UnmaskingPolicy {
        UnmaskingPolicy::new(by_sign(), rule, temperature)
    }

    fn select(threshold: f32, confidences: &[f32]) -> Vec<u32> {
        let mut piece = piece(Rule::Threshold(threshold), 1.0);
        select_at(&mut piece, &rows(confidences), 0)
    }

    #[test]
    fn what_the_network_is_ready_for_is_committed_and_one_at_least() {
        assert_eq!(select(0.5, &[0.6, 0.4, 0.9]), [0, 2]);
        assert_eq!(select(0.5, &[0.9, 0.6]), [0, 1], "all pass");
        assert_eq!(select(0.5, &[0.1, 0.1]), [0], "none: of equals the lower");
        assert_eq!(select(1.0, &[0.1, 0.9]), [1], "none: the readiest");
        assert!(select(0.5, &[]).is_empty());
    }

    #[test]
    fn the_threshold_itself_fails() {
        let candidates = rows(&[0.9, 0.9]);
        let sight = Sight {
            confidence: vec![candidates[0].commit().confidence; 2],
            is_open: vec![true; 2],
            time: 1.0,
            ..Sight::default()
        };
        let chance = by_sign().chances(&sight, 1.0)[0];
        for (threshold, chosen) in [(chance, vec![0]), (chance.next_down(), vec![0, 1])] {
            let mut piece = piece(Rule::Threshold(threshold), 1.0);
            assert_eq!(select_at(&mut piece, &candidates, 0), chosen);
        }
    }

    #[test]
    fn what_is_far_behind_the_first_candidate_waits() {
        let mut candidates = rows(&[0.9; 80]);
        let mut piece = piece(Rule::Threshold(0.5), 1.0);
        assert_eq!(
            select_at(&mut piece, &candidates, 0),
            (0..64).collect::<Vec<_>>()
        );
        candidates.drain(..10);
        assert_eq!(
            select_at(&mut piece, &candidates, 0),
            (10..74).collect::<Vec<_>>()
        );
        assert_eq!(select_at(&mut piece, &candidates[..1], 0), [10]);
    }

    #[test]
    fn where_nothing_must_be_committed_no_readiness_means_nothing() {
        let mut piece = piece(Rule::Threshold(0.5), 1.0);
        assert!(select_freely(&mut piece, &rows(&[0.2, 0.1])).is_empty());
    }

    #[test]
    fn by_chance_each_position_has_its_own() {
        let temperature = 8.0 / 3.0f32.ln();
        let mut counts = [0; 2];
        for seed in 0..4000 {
            let mut piece = piece(Rule::Bernoulli { seed }, temperature);
            for position in select_freely(&mut piece, &rows(&[0.9, 0.1])) {
                counts[position as usize] += 1;
            }
        }
        // Three in four and one in four; the standard deviation of each count is 27.
        assert!((2880..3120).contains(&counts[0]), "{counts:?}");
        assert!((880..1120).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn the_draw_depends_on_seed_and_step_only() {
        let rule = Rule::Bernoulli { seed: 7 };
        let draw = |number| select_at(&mut piece(rule, 1e6), &rows(&[0.5; 8]), number);
        let draws: Vec<_> = (0..32).map(draw).collect();
        assert_eq!(draws, (0..32).map(draw).collect::<Vec<_>>());
        assert!(draws.iter().any(|draw| *draw != draws[0]));
    }
}
