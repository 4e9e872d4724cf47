//! Slow until it is clear how far one can see, then fast that far (SlowFast).

use super::super::method::Parameter;
use super::per_block::PerBlock;
use super::{Commit, Method, Row, Select, Splice, Step, at_least_one, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "slowfast",
    doc: "Goes slowly until it is clear how far confidence reaches, then commits in that stretch whatever is sure enough until it is full.",
    source: "SlowFast (LiangrunFlora/Slow-Fast-Sampling)",
    parameters: &[
        Parameter::probability("threshold", 0.9, "The least confidence that is committed."),
        Parameter::probability(
            "reach",
            0.3,
            "The least confidence that counts as in sight.",
        ),
        Parameter::count(
            "patience",
            1,
            6,
            "Slow steps before the horizon is settled anyway.",
        ),
    ],
    build: |values, _| {
        Ok(Box::new(SlowFast::new(
            values.real("threshold"),
            values.real("reach"),
            values.count("patience"),
        )))
    },
};

/// Where the block stands.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    /// Horizons seen so far.
    Slow(Vec<u32>),
    /// The last position of the stretch that is being filled.
    Fast(u32),
}

impl Default for Phase {
    fn default() -> Self {
        Self::Slow(Vec::new())
    }
}

/// Alternates two phases in a block; equality passes at both thresholds, of equals the lower
/// position wins (LiangrunFlora/Slow-Fast-Sampling).
///
/// *Slow*: commits every candidate with confidence `>= threshold`, and the surest. The farthest
/// candidate with confidence `>= reach` is this step's horizon, or the surest where none has. When
/// the standard deviation of the last two horizons is below 1 (they differ by one at most) the
/// last is settled on; after `patience` steps the mean of all, rounded down.
/// *Fast*: the same rule for the candidates up to the horizon only, until none is left there.
pub struct SlowFast {
    threshold: f32,
    reach: f32,
    patience: u32,
    phases: PerBlock<Phase>,
}

impl SlowFast {
    /// Two probabilities and a number of steps.
    #[must_use]
    pub fn new(threshold: f32, reach: f32, patience: u32) -> Self {
        Self {
            threshold,
            reach,
            patience,
            phases: PerBlock::new(),
        }
    }
}

/// The horizon that `seen` settles on.
fn settled(seen: &[u32], patience: u32) -> Option<u32> {
    if let [.., before, last] = *seen
        && before.abs_diff(last) <= 1
    {
        return Some(last);
    }
    let sum: u64 = seen.iter().copied().map(u64::from).sum();
    (seen.len() as u32 >= patience).then(|| (sum / seen.len() as u64) as u32)
}

/// The farthest candidate in sight.
fn horizon(ranked: &[Commit], reach: f32) -> Option<u32> {
    let visible = ranked.iter().filter(|commit| commit.confidence >= reach);
    let farthest = visible.map(|commit| commit.position).max();
    farthest.or_else(|| ranked.first().map(|surest| surest.position))
}

impl Select for SlowFast {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let mut ranked = ranked(candidates);
        let phase = self.phases.enter(step);
        if let Phase::Fast(end) = *phase {
            if candidates.iter().any(|row| row.position <= end) {
                ranked.retain(|commit| commit.position <= end);
            } else {
                *phase = Phase::default();
            }
        }
        if let Phase::Slow(seen) = phase {
            seen.extend(horizon(&ranked, self.reach));
            if let Some(end) = settled(seen, self.patience) {
                *phase = Phase::Fast(end);
            }
        }
        let sure = ranked.partition_point(|commit| commit.confidence >= self.threshold);
        by_position(at_least_one(ranked[..sure].to_vec(), &ranked, step))
    }

    fn spliced(&mut self, splice: &Splice) {
        for phase in self.phases.states_mut() {
            match phase {
                Phase::Slow(seen) => {
                    seen.iter_mut()
                        .for_each(|position| *position = kept(*position, splice));
                }
                Phase::Fast(end) => *end = kept(*end, splice),
            }
        }
    }
}

/// Where a horizon is after `splice`; what was removed leaves it where the removal began.
fn kept(position: u32, splice: &Splice) -> u32 {
    splice.moved(position).unwrap_or(splice.at)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at, select_freely};
    use super::*;

    fn piece() -> SlowFast {
        SlowFast::new(0.9, 0.3, 3)
    }

    /// What is committed of the positions that are still `open`.
    fn step(piece: &mut SlowFast, number: u32, confidences: &[f32], open: &[u32]) -> Vec<u32> {
        let mut candidates = rows(confidences);
        candidates.retain(|row| open.contains(&row.position));
        select_at(piece, &candidates, number)
    }

    #[test]
    fn a_steady_horizon_is_settled_on_and_the_stretch_filled() {
        let mut piece = piece();
        let confidences = [0.4, 0.5, 0.35, 0.2, 0.1, 0.95];
        let sight = [0.4, 0.5, 0.35, 0.2, 0.1, 0.1];
        assert_eq!(step(&mut piece, 0, &sight, &[0, 1, 2, 3, 4, 5]), [1]);
        assert_eq!(step(&mut piece, 1, &sight, &[0, 2, 3, 4, 5]), [0]);
        // Twice position 2: only what is up to there may go now.
        assert_eq!(step(&mut piece, 2, &confidences, &[2, 3, 4, 5]), [2]);
        assert_eq!(
            step(&mut piece, 3, &confidences, &[3, 4, 5]),
            [5],
            "slow again"
        );
    }

    #[test]
    fn an_unsteady_horizon_is_averaged_in_the_end() {
        assert_eq!(settled(&[2, 9], 3), None);
        assert_eq!(settled(&[2, 9, 4], 3), Some(5));
        assert_eq!(settled(&[2, 9, 8], 3), Some(8), "they differ by one");
        assert_eq!(settled(&[7], 1), Some(7));
    }

    #[test]
    fn nothing_in_sight_means_the_surest() {
        let commits = |confidences: &[f32]| ranked(&rows(confidences));
        assert_eq!(horizon(&commits(&[0.1, 0.2, 0.2]), 0.3), Some(1));
        assert_eq!(horizon(&commits(&[0.3, 0.2, 0.9]), 0.3), Some(2));
        assert_eq!(
            horizon(&commits(&[0.3, 0.2]), 0.3),
            Some(0),
            "equality counts"
        );
        assert_eq!(horizon(&[], 0.3), None);
    }

    #[test]
    fn all_none_ties_and_no_obligation() {
        assert_eq!(select_at(&mut piece(), &rows(&[0.95, 0.91]), 0), [0, 1]);
        assert_eq!(select_at(&mut piece(), &rows(&[0.5, 0.5]), 0), [0]);
        assert!(select_at(&mut piece(), &[], 0).is_empty());
        assert!(select_freely(&mut piece(), &rows(&[0.5])).is_empty());
    }
}
