//! Path planning: any token that is no longer among the surest is opened again (P2).

use super::super::pace::{Pace, STEPS};
use super::super::select::p2::survivors;
use super::{Commit, Method, Revise, RowScope, Step, displaced, reopen};

pub(super) const METHOD: Method<dyn Revise> = Method {
    name: "p2",
    doc: "Ranks written and open positions together by how sure the network is of them now, and opens what falls out of the number that the step may keep. Meant to go with the select method of the same name and the same steps.",
    source: "P2 self-planning, pengzhangzhi/Open-dLLM",
    parameters: &[STEPS],
    build: |values, setup| Ok(Box::new(PathPlanning::new(Pace::of(values, setup)))),
};

/// Opens the written positions of the block that are not among the
/// [`survivors`](super::super::select::p2) of the step.
///
/// With select `p2` and the same steps that is the published rule over one block, and the step
/// writes more than it opens. With another select piece the two may disagree about the step's
/// share; fewer are opened than committed then, the weakest first, so that a run has no more
/// forwards than masks in any combination.
pub struct PathPlanning {
    pace: Pace,
}

impl PathPlanning {
    /// So many a step.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace }
    }
}

impl Revise for PathPlanning {
    fn budget(&self) -> u32 {
        0
    }

    fn scope(&self) -> RowScope {
        RowScope::Block
    }

    fn revise(&mut self, committed: &[Commit], step: &Step) -> Vec<Commit> {
        let survivors = survivors(&self.pace, step);
        let score = |position| step.row(position).map(|row| row.commit().confidence);
        reopen(displaced(&survivors, score, committed, step), step.canvas)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Scene, committed, positions};
    use super::*;

    /// What is opened of positions that the network now scores so, `written` of them written,
    /// in a step of `steps` that commits `accepted`.
    fn revise(steps: u32, scores: &[f32], written: u32, accepted: u32) -> Vec<u32> {
        let scene = Scene::new(written, scores.len() as u32 - written).proposed(scores);
        let mut p2 = PathPlanning::new(Pace::new(Some(steps), 1));
        positions(&p2.revise(&committed(written, accepted), &scene.step()))
    }

    #[test]
    fn weak_tokens_make_room_for_sure_ones() {
        // 2 of 4 written, 3 stay: both open ones are surer than position 0.
        assert_eq!(revise(4, &[0.1, 0.9, 0.5, 0.6], 2, 2), [0]);
        assert_eq!(
            revise(4, &[0.9, 0.8, 0.5, 0.6], 2, 1),
            [0; 0],
            "none is weak"
        );
        assert_eq!(
            revise(4, &[0.5; 4], 2, 1),
            [0; 0],
            "of equals the lower stays"
        );
        assert_eq!(
            revise(1, &[0.1, 0.9, 0.5, 0.6], 2, 2),
            [0; 0],
            "the last step"
        );
    }

    #[test]
    fn fewer_are_opened_than_committed() {
        let scores = [0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 0.9, 0.9];
        assert_eq!(revise(8, &scores, 3, 4), [0, 1, 2]);
        assert_eq!(revise(8, &scores, 3, 3), [0, 1], "the weakest first");
        assert_eq!(revise(8, &scores, 3, 1), [0; 0]);
        assert_eq!(revise(8, &scores, 3, 0), [0; 0]);
    }

    #[test]
    fn pins_stay() {
        let scene = Scene::pinned();
        let mut p2 = PathPlanning::new(Pace::new(None, 1));
        assert_eq!(p2.revise(&committed(3, 3), &scene.step()), []);
    }
}
