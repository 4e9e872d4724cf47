//! Wide in, narrow out: what a shadow row doubts is opened again (WINO).

use super::super::method::Parameter;
use super::{Block, Canvas, Commit, Method, Revise, RowScope, Step, reopen, weakest, written};

pub(super) const METHOD: Method<dyn Revise> = Method {
    name: "wino",
    doc: "Asks the network in the same forward what it would say at a written position if it could not see it, and opens what it doubts. Costs a second row for every position of the block as soon as one is written; drafts with the select method wide.",
    source: "WINO, Feng-Hong/WINO-DLLM",
    parameters: &[Parameter::probability(
        "threshold",
        0.9,
        "A written token less likely than this is opened again.",
    )],
    build: |values, _| Ok(Box::new(Wino::new(values.real("threshold")))),
};

/// What the first step may take back at most, plus one (`last_accept`).
const FIRST: u32 = 30;

/// Opens the block's written tokens whose shadow row gives them a probability `<` the threshold,
/// in a step that commits more than one token; always fewer than the step before committed, the
/// least likely first, of equals the lower position (`decoding_wino`, Feng-Hong/WINO-DLLM).
///
/// Equality stays. "Fewer than before" is what bounds a run: every commit but one of a step pays
/// for one opening of the next, so with the first step's allowance there are at most `FIRST - 1`
/// forwards more than masks. The published loop renews the allowance in each block; nothing is
/// written in a block that just opens, so that is the same.
pub struct Wino {
    threshold: f32,
    last: u32,
}

impl Wino {
    /// `threshold` is a probability.
    #[must_use]
    pub fn new(threshold: f32) -> Self {
        Self {
            threshold,
            last: FIRST,
        }
    }
}

impl Revise for Wino {
    fn budget(&self) -> u32 {
        FIRST - 1
    }

    /// All of the block but what was given: a shadow sees the other shadows, those of open positions
    /// too, so that what it says depends on how many there are. None where nothing could be opened.
    fn shadows(&self, canvas: &Canvas, block: &Block) -> Vec<u32> {
        match written(canvas, block).next() {
            Some(_) => RowScope::Block.positions(canvas, block),
            None => Vec::new(),
        }
    }

    fn revise(&mut self, committed: &[Commit], step: &Step) -> Vec<Commit> {
        let accepted = committed.len() as u32;
        let most = std::mem::replace(&mut self.last, accepted).saturating_sub(1);
        if accepted <= 1 {
            return Vec::new();
        }
        let doubt = |position| {
            let shadow = step.shadows.iter().find(|row| row.position == position)?;
            let back = shadow.record.current_probability();
            (back < self.threshold).then_some((position, back))
        };
        let doubted = written(step.canvas, &step.block).filter_map(doubt);
        reopen(weakest(doubted.collect(), most as usize), step.canvas)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Scene, committed, positions};
    use super::*;

    /// What is opened where positions 0.. were written and their shadows give them `back`.
    fn revise(wino: &mut Wino, back: &[f32], accepted: u32) -> Vec<u32> {
        let scene = Scene::new(back.len() as u32, accepted).current(back);
        let step = Step {
            shadows: &scene.rows,
            ..scene.step()
        };
        positions(&wino.revise(&committed(back.len() as u32, accepted), &step))
    }

    fn fresh(back: &[f32], accepted: u32) -> Vec<u32> {
        revise(&mut Wino::new(0.9), back, accepted)
    }

    #[test]
    fn what_the_shadow_doubts_is_opened() {
        assert_eq!(fresh(&[0.95, 0.2, 0.91, 0.5], 2), [1, 3]);
        assert_eq!(fresh(&[0.95, 1.0], 2), [0; 0], "none");
        assert_eq!(fresh(&[0.1, 0.1], 3), [0, 1], "all");
        assert_eq!(fresh(&[], 3), [0; 0], "nothing written");
    }

    #[test]
    fn the_threshold_itself_stays() {
        let scene = Scene::new(1, 2).current(&[0.5]);
        let threshold = scene.rows[0].record.current_probability();
        let revise = |threshold: f32| {
            let step = Step {
                shadows: &scene.rows,
                ..scene.step()
            };
            Wino::new(threshold).revise(&committed(1, 2), &step).len()
        };
        assert_eq!((revise(threshold), revise(threshold.next_up())), (0, 1));
    }

    #[test]
    fn one_commit_takes_nothing_back() {
        assert_eq!(fresh(&[0.1, 0.1], 1), [0; 0]);
        assert_eq!(fresh(&[0.1, 0.1], 0), [0; 0]);
    }

    #[test]
    fn fewer_are_opened_than_the_step_before_committed() {
        let mut wino = Wino::new(0.9);
        assert_eq!(revise(&mut wino, &[0.1; 40], 3).len(), 29);
        assert_eq!(revise(&mut wino, &[0.3, 0.1, 0.3, 0.1], 5), [1, 3]);
        assert_eq!(
            revise(&mut wino, &[0.3, 0.1, 0.3, 0.3, 0.3, 0.3], 2),
            [0, 1, 2, 3]
        );
        assert_eq!(revise(&mut wino, &[0.1, 0.1], 1), [0; 0]);
        assert_eq!(
            revise(&mut wino, &[0.1, 0.1], 4),
            [0; 0],
            "one before: none"
        );
    }

    #[test]
    fn the_whole_block_has_shadows_as_soon_as_something_is_written() {
        let shadows = |scene: &Scene, start: u32, end: u32| {
            Wino::new(0.9).shadows(&scene.canvas, &Block::new(0, start, end))
        };
        assert_eq!(shadows(&Scene::new(2, 3), 0, 5), [0, 1, 2, 3, 4]);
        assert_eq!(shadows(&Scene::new(2, 3), 1, 4), [1, 2, 3], "of the block");
        assert_eq!(shadows(&Scene::new(2, 3), 2, 5), [0; 0], "all open");
        let mut given = Scene::pinned();
        assert_eq!(shadows(&given, 0, 12), [0; 0], "nothing but given ones");
        given.canvas.apply(&committed(5, 1), 0);
        assert_eq!(shadows(&given, 0, 7), [3, 4, 5, 6], "without given ones");
    }
}
