//! Dream's sampler: a share of the masks in each step, by one of four orders.

use super::super::method::{Default, Kind, Parameter, Values};
use super::budget::Share;
use super::chance::{gumbel_at, uniform_at};
use super::{Commit, Method, Row, Select, Step, highest};
use crate::sorted_map::SortedMap;

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "dream",
    doc: "Commits in each step the share of the masks that its timesteps ask for: the surest by entropy, probability or margin, or each by chance. Steps that would commit nothing cost no forward.",
    source: "Dream (DreamLM/Dream), DiffuCoder",
    parameters: &[
        Parameter::word(
            "order",
            &["entropy", "maskgit_plus", "topk_margin", "origin"],
            "What is sure: low entropy, high probability, a wide margin; origin leaves it to chance.",
        ),
        Parameter {
            name: "steps",
            // Skipped steps are counted through one by one.
            kind: Kind::Count(1, 65_536),
            default: Default::Derived,
            doc: "Steps over the whole canvas; one per open position where absent.",
        },
        Parameter::probability(
            "epsilon",
            1e-3,
            "The timestep that the last step starts above.",
        ),
        Parameter::real(
            "alg_temp",
            0.0,
            f64::INFINITY,
            0.0,
            "Above 0 the order is drawn by softmax(score / alg_temp) and not strict.",
        ),
    ],
    build: |values, setup| {
        let schedule = Schedule::new(Share::of(values, setup), values.real("epsilon"));
        Ok(Box::new(Dream::new(order(values), schedule, setup.seed)))
    },
};

fn order(values: &Values) -> DreamOrder {
    let temperature = values.real("alg_temp");
    match values.word("order") {
        "origin" => DreamOrder::Origin,
        "maskgit_plus" => DreamOrder::Score(|row| row.commit().confidence, temperature),
        "topk_margin" => DreamOrder::Score(|row| row.record.margin(), temperature),
        _ => DreamOrder::Score(|row| -row.record.ent, temperature),
    }
}

/// Which masks go first.
#[derive(Clone, Copy)]
pub enum DreamOrder {
    /// Each mask is committed by chance, independently of all others.
    Origin,
    /// The highest score; at a temperature above 0 drawn without replacement with probabilities
    /// `softmax(score / temperature)`.
    Score(fn(&Row) -> f32, f32),
}

/// Dream's timesteps `t_j = 1 + (epsilon - 1) j / S`: step `j` commits `1 - t_{j+1} / t_j` of the
/// masks, the last step all. Every block runs through its own share of the steps.
pub struct Schedule {
    share: Share,
    epsilon: f64,
    /// Steps in all and steps done, by the block's index.
    blocks: SortedMap<u32, (u32, u32)>,
}

impl Schedule {
    /// With so many steps for each block; `epsilon` is 0 to 1.
    #[must_use]
    pub fn new(share: Share, epsilon: f32) -> Self {
        Self {
            share,
            epsilon: f64::from(epsilon),
            blocks: SortedMap::new(),
        }
    }

    /// The number `j` of the next step of the block and the share of its masks.
    fn next(&mut self, step: &Step, masks: u32) -> (u32, f64) {
        let block = step.block.index;
        let open = || (self.share.of_block(block, masks), 0);
        let (steps, done) = self.blocks.get_or_insert_with(block, open);
        let number = *done;
        *done = done.saturating_add(1);
        if number + 1 >= *steps {
            return (number, 1.0);
        }
        // 1 - t_{j+1} / t_j with its fractions resolved: exact where epsilon is 0.
        let rate = 1.0 - self.epsilon;
        (
            number,
            rate / (f64::from(*steps) - rate * f64::from(number)),
        )
    }
}

/// Commits `floor(masks * share)` candidates of the highest score, or each candidate with
/// probability `share` (`alg = "origin"`), where [`Schedule`] gives the share
/// (`generation_utils.py`, DreamLM/Dream). Scores: probability of the proposed token
/// (`maskgit_plus`), margin of the two likeliest (`topk_margin`), negative entropy (`entropy`).
///
/// Of equals the lower position wins. Steps of the schedule without a commit are skipped in a
/// block that must commit: their forwards would return the same again. Chance is a function of
/// (seed, step of the schedule, position), so that skipping does not change it; the draw without
/// replacement is Gumbel top-k.
pub struct Dream {
    order: DreamOrder,
    schedule: Schedule,
    seed: u64,
}

impl Dream {
    /// The sampler with `order` and `schedule`.
    #[must_use]
    pub fn new(order: DreamOrder, schedule: Schedule, seed: u64) -> Self {
        Self {
            order,
            schedule,
            seed,
        }
    }

    /// What step `number` of the schedule commits.
    fn chosen(&self, candidates: &[Row], number: u32, share: f64, masks: u32) -> Vec<Commit> {
        let seed = self.seed;
        match self.order {
            DreamOrder::Origin => {
                let chance = |row: &&Row| uniform_at(seed, number, row.position);
                let drawn = candidates
                    .iter()
                    .filter(|row| f64::from(chance(row)) < share);
                drawn.map(Row::commit).collect()
            }
            DreamOrder::Score(score, temperature) => {
                let count = (f64::from(masks) * share) as usize;
                highest(candidates, count, |row| {
                    if temperature > 0.0 {
                        score(row) / temperature + gumbel_at(seed, number, row.position)
                    } else {
                        score(row)
                    }
                })
            }
        }
    }
}

impl Select for Dream {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        if candidates.is_empty() {
            return Vec::new();
        }
        let masks = step.canvas.masked_in(step.block.range()).count() as u32;
        loop {
            let (number, share) = self.schedule.next(step, masks);
            let commits = self.chosen(candidates, number, share, masks);
            // The last step commits every candidate, so this ends.
            if !commits.is_empty() || !step.block.must_commit {
                return commits;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at, select_freely};
    use super::*;

    const CONFIDENCE: DreamOrder = DreamOrder::Score(|row| row.commit().confidence, 0.0);

    fn dream(order: DreamOrder, steps: u32, seed: u64) -> Dream {
        let schedule = Schedule::new(Share::new(Some(steps), 1), 1e-3);
        Dream::new(order, schedule, seed)
    }

    /// Commits of each forward until `masks` are gone.
    fn counts(mut dream: Dream, masks: usize) -> Vec<usize> {
        let mut left = masks;
        let mut counts = Vec::new();
        while left > 0 {
            let candidates = rows(&vec![0.5; left]);
            counts.push(select_at(&mut dream, &candidates, counts.len() as u32).len());
            left -= counts[counts.len() - 1];
        }
        counts
    }

    #[test]
    fn the_floor_leaves_the_rest_to_the_last_step() {
        let one_each = counts(dream(CONFIDENCE, 64, 0), 64);
        assert_eq!(one_each.len(), 63, "the first step would commit nothing");
        assert_eq!((one_each[0], one_each[61], one_each[62]), (1, 1, 2));
        let two_each = counts(dream(CONFIDENCE, 32, 0), 64);
        assert_eq!(two_each.len(), 32);
        assert_eq!((two_each[0], two_each[1], two_each[31]), (1, 2, 3));
        let sparse = counts(dream(CONFIDENCE, 100, 0), 64);
        assert_eq!(sparse.len(), 63, "37 steps without a commit are skipped");
        for all in [one_each, two_each, sparse] {
            assert_eq!(all.iter().sum::<usize>(), 64);
        }
    }

    #[test]
    fn epsilon_zero_splits_evenly_and_one_waits_for_the_last_step() {
        let with = |epsilon| {
            let schedule = Schedule::new(Share::new(Some(4), 1), epsilon);
            counts(Dream::new(CONFIDENCE, schedule, 0), 8)
        };
        assert_eq!(with(0.0), [2, 2, 2, 2]);
        assert_eq!(with(1.0), [8]);
    }

    #[test]
    fn of_equals_the_lower_position_wins() {
        assert_eq!(
            select_at(&mut dream(CONFIDENCE, 2, 0), &rows(&[0.5; 5]), 0),
            [0, 1]
        );
        let candidates = rows(&[0.1, 0.9, 0.5, 0.5, 0.5]);
        assert_eq!(
            select_at(&mut dream(CONFIDENCE, 2, 0), &candidates, 0),
            [1, 2]
        );
        assert!(select_at(&mut dream(CONFIDENCE, 2, 0), &[], 0).is_empty());
    }

    #[test]
    fn a_block_that_need_not_commit_waits() {
        let mut waiting = dream(CONFIDENCE, 100, 0);
        let candidates = rows(&[0.5; 64]);
        let empty = (0..100).take_while(|_| select_freely(&mut waiting, &candidates).is_empty());
        assert!(empty.count() > 30);
    }

    #[test]
    fn origin_commits_its_share_by_chance() {
        let total: usize = (0..400)
            .map(|seed| {
                select_at(
                    &mut dream(DreamOrder::Origin, 4, seed),
                    &rows(&[0.5; 40]),
                    0,
                )
            })
            .map(|chosen| chosen.len())
            .sum();
        // A quarter of 16000, standard deviation 55.
        assert!((3780..4220).contains(&total), "{total}");
        assert_eq!(
            counts(dream(DreamOrder::Origin, 5, 3), 40)
                .iter()
                .sum::<usize>(),
            40
        );
    }

    #[test]
    fn a_warm_order_is_drawn_by_its_softmax() {
        let order = DreamOrder::Score(|row| row.commit().confidence, 0.5);
        let mut first = 0;
        for seed in 0..4000 {
            // Two steps for two masks: one commit each.
            let mut dream = Dream::new(order, Schedule::new(Share::new(Some(2), 1), 0.0), seed);
            first += usize::from(select_at(&mut dream, &rows(&[0.75, 0.25]), 0) == [0]);
        }
        // 1 / (1 + exp(-1)) = 0.731 of 4000 is 2924, standard deviation 28.
        assert!((2800..3050).contains(&first), "{first}");
    }
}
