//! Tokens are displaced by surer ones, compared with what they were written with (RCR).

use super::super::pace::{Pace, STEPS};
use super::super::select::running_confidence::survivors;
use super::{Commit, Method, Revise, Step, displaced, reopen};

pub(super) const METHOD: Method<dyn Revise> = Method {
    name: "running_confidence",
    doc: "Ranks written and open positions together, the written ones by the confidence they were written with, and opens what falls out of the number that the step may keep. Meant to go with the select method of the same name and the same steps.",
    source: "RCR, arXiv 2508.13148",
    parameters: &[STEPS],
    build: |values, setup| Ok(Box::new(RunningConfidence::new(Pace::of(values, setup)))),
};

/// Opens the written positions of the block that are not among the
/// [`survivors`](super::super::select::running_confidence) of the step.
///
/// With select `running_confidence` and the same steps that is the published rule over one block,
/// and the step writes more than it opens. With another select piece fewer are opened than
/// committed, the weakest first, so that a run has no more forwards than masks in any
/// combination.
pub struct RunningConfidence {
    pace: Pace,
}

impl RunningConfidence {
    /// So many a step.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace }
    }
}

impl Revise for RunningConfidence {
    fn budget(&self) -> u32 {
        0
    }

    fn revise(&mut self, committed: &[Commit], step: &Step) -> Vec<Commit> {
        let survivors = survivors(&self.pace, step);
        let score = |position| step.canvas.history(position).map(|then| then.confidence);
        reopen(displaced(&survivors, score, committed, step), step.canvas)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Scene, committed, positions};
    use super::*;

    /// What is opened where positions 0.. were written with `before`, and the open ones behind
    /// them are now worth `now`, in a step of `steps` that commits `accepted`.
    fn revise(steps: u32, before: &[f32], now: &[f32], accepted: u32) -> Vec<u32> {
        let written = before.len() as u32;
        let worth = [before, now].concat();
        let scene = Scene::new(written, now.len() as u32)
            .written_with(before)
            .proposed(&worth);
        let mut rcr = RunningConfidence::new(Pace::new(Some(steps), 1));
        positions(&rcr.revise(&committed(written, accepted), &scene.step()))
    }

    #[test]
    fn weak_tokens_make_room_for_sure_ones() {
        assert_eq!(revise(4, &[0.1, 0.9], &[0.5, 0.6], 2), [0]);
        assert_eq!(
            revise(4, &[0.9, 0.8], &[0.5, 0.6], 1),
            [0; 0],
            "none is weak"
        );
        assert_eq!(
            revise(4, &[0.5, 0.5], &[0.5, 0.5], 1),
            [0; 0],
            "equals stay"
        );
        assert_eq!(
            revise(1, &[0.1, 0.9], &[0.5, 0.6], 2),
            [0; 0],
            "the last step"
        );
        assert_eq!(revise(4, &[], &[0.5, 0.6], 1), [0; 0], "nothing written");
    }

    #[test]
    fn fewer_are_opened_than_committed() {
        let (before, now) = ([0.1, 0.2, 0.3], [0.7, 0.8, 0.9, 0.9, 0.9]);
        assert_eq!(revise(8, &before, &now, 4), [0, 1, 2]);
        assert_eq!(revise(8, &before, &now, 3), [0, 1], "the weakest first");
        assert_eq!(revise(8, &before, &now, 0), [0; 0]);
    }

    #[test]
    fn pins_stay() {
        let scene = Scene::pinned();
        let mut rcr = RunningConfidence::new(Pace::new(None, 1));
        assert_eq!(rcr.revise(&committed(3, 3), &scene.step()), []);
    }
}
