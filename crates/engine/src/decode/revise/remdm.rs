//! Written tokens are opened again by chance (ReMDM).

use super::super::method::{Parameter, Setup, Values};
use super::{Canvas, Commit, Method, Revise, Step, reopen, written};
use crate::random::{bits, row_key, uniform};

pub(super) const METHOD: Method<dyn Revise> = Method {
    name: "remdm",
    doc: "Opens written positions by chance, so that more steps make a better text. Give it the steps of the select piece.",
    source: "ReMDM, kuleshov-group/remdm",
    parameters: &[
        Parameter::word(
            "schedule",
            &["cap", "rescale", "conf", "loop"],
            "How likely a position is opened: at most eta; eta of what the step allows; what the step allows, shared out to the least sure; eta, while the text is almost done.",
        ),
        Parameter::derived_real(
            "eta",
            0.0,
            1.0,
            "Strength: 0.008 for cap, 0.015 for rescale, 0.02 for loop where absent; conf has none.",
        ),
        Parameter::derived_count(
            "steps",
            1,
            "Steps over the whole canvas; one per open position where absent.",
        ),
        Parameter::probability(
            "alpha_on",
            0.9,
            "Loop: the part of a block that is written when it begins.",
        ),
        Parameter::probability(
            "t_on",
            0.55,
            "Loop: the time, from 1 down to 0, at which it begins.",
        ),
        Parameter::probability("t_off", 0.05, "Loop: the time at which it ends."),
        Parameter::derived_count(
            "openings",
            0,
            "Positions that the whole run opens at most; as many as are open at its beginning where absent.",
        ),
    ],
    build: |values, setup| Ok(Box::new(Remdm::of(values, setup))),
};

/// How likely a position is opened again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// `min(eta, max)`.
    Cap(f32),
    /// `eta * max`.
    Rescale(f32),
    /// `max`, shared out over the written positions by the softmax of minus the confidence they
    /// were written with.
    Conf,
    /// `eta` in so many steps of a run, from the moment on that the block is written to this part.
    Loop {
        /// The chance.
        eta: f32,
        /// The part of the block that is written at the beginning.
        alpha: f32,
        /// Steps.
        steps: u32,
    },
}

/// Opens each written position of the block with a chance (`kuleshov-group/remdm`,
/// `diffusion.py`). With a part `alpha` of the block written and a step that writes `1 / S` more,
/// the chance is at most `max = min(1, (1 - alpha - 1 / S) / alpha)`: nothing is opened in the
/// last step.
///
/// `alpha` is what is written, not what the clock says: the commits are the select piece's, and a
/// rule that is faster than planned has less time left. The published sampler also draws by chance
/// what is committed; `even` with the same steps spreads the masks, opened ones included, over the
/// steps that are left, which is close to it but not the same. In particular `loop` does not hold
/// its level: the commits go on meanwhile.
///
/// A position is opened where its number, a function of (seed, step, position), is below the
/// chance. After `openings` the piece rests, which bounds the run.
pub struct Remdm {
    schedule: Schedule,
    /// Steps of a block of `1 / blocks` of the canvas.
    step_share: f32,
    seed: u64,
    budget: u32,
    left: u32,
    looped: u32,
}

/// No token has this number: the chance is independent of the noise on the logits.
const NO_TOKEN: u32 = u32::MAX;

impl Remdm {
    fn of(values: &Values, setup: &Setup) -> Self {
        let masks = setup.canvas.masks();
        let steps = values.given_count("steps").unwrap_or(masks).max(1);
        let eta = values.given_real("eta");
        let schedule = match values.word("schedule") {
            "rescale" => Schedule::Rescale(eta.unwrap_or(0.015)),
            "conf" => Schedule::Conf,
            "loop" => {
                let times = values.real("t_on") - values.real("t_off");
                Schedule::Loop {
                    eta: eta.unwrap_or(0.02),
                    alpha: values.real("alpha_on"),
                    steps: (times.max(0.0) * steps as f32).round() as u32,
                }
            }
            _ => Schedule::Cap(eta.unwrap_or(0.008)),
        };
        let openings = values.given_count("openings").unwrap_or(masks);
        let block_steps = steps.div_ceil(setup.blocks());
        Self::new(schedule, block_steps, openings, setup.seed)
    }

    /// A block takes `block_steps`; `openings` is for the whole run.
    #[must_use]
    pub fn new(schedule: Schedule, block_steps: u32, openings: u32, seed: u64) -> Self {
        Self {
            schedule,
            step_share: 1.0 / block_steps.max(1) as f32,
            seed,
            budget: openings,
            left: openings,
            looped: 0,
        }
    }

    /// The chance of each written position, `(position, chance)`.
    fn chances(&mut self, step: &Step) -> Vec<(u32, f32)> {
        let positions: Vec<u32> = written(step.canvas, &step.block).collect();
        let open = step.canvas.masked_in(step.block.range()).count() as f32;
        let alpha = positions.len() as f32 / (positions.len() as f32 + open);
        // Without a written position there is nothing to share out.
        let most = ((1.0 - alpha - self.step_share) / alpha).clamp(0.0, 1.0);
        let even = |chance: f32| {
            positions
                .iter()
                .map(|&position| (position, chance))
                .collect()
        };
        match self.schedule {
            _ if positions.is_empty() => Vec::new(),
            Schedule::Cap(eta) => even(eta.min(most)),
            Schedule::Rescale(eta) => even(eta * most),
            Schedule::Conf => shared(most, &positions, step.canvas),
            Schedule::Loop {
                eta,
                alpha: on,
                steps,
            } => {
                if self.looped == steps || (self.looped == 0 && alpha < on) {
                    return Vec::new();
                }
                self.looped += 1;
                even(eta)
            }
        }
    }
}

/// `total` over the positions, by the softmax of minus their confidence.
fn shared(total: f32, positions: &[u32], canvas: &Canvas) -> Vec<(u32, f32)> {
    let weight = |&position: &u32| {
        let confidence = canvas.history(position).map_or(1.0, |then| then.confidence);
        (-confidence).exp()
    };
    let weights: Vec<f32> = positions.iter().map(weight).collect();
    let sum: f32 = weights.iter().sum();
    let chances = weights.iter().map(|weight| total * weight / sum);
    positions.iter().copied().zip(chances).collect()
}

impl Revise for Remdm {
    fn budget(&self) -> u32 {
        self.budget
    }

    fn revise(&mut self, _committed: &[Commit], step: &Step) -> Vec<Commit> {
        let seed = self.seed;
        let drawn = |&(position, chance): &(u32, f32)| {
            let key = row_key(seed, step.number, position);
            uniform(bits(key, NO_TOKEN)) < chance
        };
        let chances = self.chances(step);
        let opened = chances.iter().filter(|chance| drawn(chance));
        let opened: Vec<u32> = opened
            .map(|&(position, _)| position)
            .take(self.left as usize)
            .collect();
        self.left -= opened.len() as u32;
        reopen(opened, step.canvas)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Scene, positions};
    use super::*;

    fn opened(remdm: &mut Remdm, scene: &Scene, number: u32) -> Vec<u32> {
        let step = Step {
            number,
            ..scene.step()
        };
        positions(&remdm.revise(&[], &step))
    }

    fn chances(schedule: Schedule, block_steps: u32, scene: &Scene) -> Vec<f32> {
        let mut remdm = Remdm::new(schedule, block_steps, 99, 1);
        let chances = remdm.chances(&scene.step());
        chances.into_iter().map(|(_, chance)| chance).collect()
    }

    fn close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }

    #[test]
    fn the_chance_is_the_schedules() {
        // 4 of 8 written, 8 steps: at most (1/2 - 1/8) / (1/2) = 3/4.
        let scene = Scene::new(4, 4);
        close(&chances(Schedule::Cap(0.1), 8, &scene), &[0.1; 4]);
        close(&chances(Schedule::Cap(0.9), 8, &scene), &[0.75; 4]);
        close(&chances(Schedule::Rescale(0.5), 8, &scene), &[0.375; 4]);
        close(&chances(Schedule::Conf, 8, &scene), &[0.1875; 4]);
        // 1 of 8: more than everything would be allowed.
        close(
            &chances(Schedule::Rescale(1.0), 8, &Scene::new(1, 7)),
            &[1.0],
        );
    }

    #[test]
    fn the_least_sure_are_likelier_under_conf() {
        let scene = Scene::new(2, 2).written_with(&[0.2, 0.9]);
        let found = chances(Schedule::Conf, 4, &scene);
        let weights = [(-0.2f32).exp(), (-0.9f32).exp()];
        let sum = weights[0] + weights[1];
        close(&found, &[0.5 * weights[0] / sum, 0.5 * weights[1] / sum]);
    }

    #[test]
    fn nothing_is_opened_in_the_last_step_or_where_nothing_is_written() {
        for schedule in [Schedule::Cap(1.0), Schedule::Rescale(1.0), Schedule::Conf] {
            let mut remdm = Remdm::new(schedule, 4, 99, 1);
            assert_eq!(opened(&mut remdm, &Scene::new(3, 1), 0), [0; 0]);
            assert_eq!(opened(&mut remdm, &Scene::new(0, 4), 0), [0; 0]);
            assert_eq!(opened(&mut remdm, &Scene::pinned(), 0), [0; 0]);
        }
    }

    #[test]
    fn the_loop_begins_with_its_level_and_ends_with_its_steps() {
        let schedule = Schedule::Loop {
            eta: 1.0,
            alpha: 0.75,
            steps: 2,
        };
        let mut remdm = Remdm::new(schedule, 4, 99, 1);
        assert_eq!(
            opened(&mut remdm, &Scene::new(2, 2), 0),
            [0; 0],
            "too early"
        );
        assert_eq!(opened(&mut remdm, &Scene::new(3, 1), 1), [0, 1, 2]);
        assert_eq!(
            opened(&mut remdm, &Scene::new(1, 3), 2),
            [0],
            "it has begun"
        );
        assert_eq!(
            opened(&mut remdm, &Scene::new(3, 1), 3),
            [0; 0],
            "it is over"
        );
    }

    #[test]
    fn chance_is_a_function_of_seed_step_and_position() {
        let scene = Scene::new(30, 34);
        let draw = |seed, number| {
            let mut remdm = Remdm::new(Schedule::Cap(0.5), 64, 99, seed);
            opened(&mut remdm, &scene, number)
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(2, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert!((5..25).contains(&draw(1, 2).len()));
    }

    #[test]
    fn openings_are_bounded() {
        let mut remdm = Remdm::new(Schedule::Cap(1.0), 64, 3, 1);
        assert_eq!(remdm.budget(), 3);
        let scene = Scene::new(2, 62);
        assert_eq!(opened(&mut remdm, &scene, 0), [0, 1]);
        assert_eq!(opened(&mut remdm, &scene, 1), [0]);
        assert_eq!(opened(&mut remdm, &scene, 2), [0; 0]);
    }
}
