//! Small networks that were trained to decide, and what they see of a block.
//!
//! Their weights belong to a model: those of `models/tiny`, in its folder `policies`, are part of
//! the crate. `training/policy.py` makes them.

mod dense;
mod filter;
mod policy;

pub use filter::Filter;
pub use policy::Policy;

use super::super::Step;

/// Confidences are told apart between this and one minus this.
const EDGE: f32 = 1e-4;
/// Log odds are divided by this.
const SCALE: f32 = 4.0;

/// The open block as numbers, by position from `start` on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    /// Absolute position of the first.
    pub start: u32,
    /// Probability of what is proposed at an open position and of the likeliest token at a written
    /// one; 1 where the token was given.
    pub confidence: Vec<f32>,
    /// Which positions are open.
    pub is_open: Vec<bool>,
    /// The part of the canvas that is open, given positions not counted: 1 at first, 0 at last.
    pub time: f32,
}

impl Sight {
    /// What `step` shows of its block; a piece that reads it has the scope of the block.
    ///
    /// The prompt belongs to the first block, but the networks are trained on what follows it: it
    /// is left out as far as nothing is open there.
    pub(super) fn of(step: &Step) -> Self {
        let (canvas, block) = (step.canvas, step.block);
        let unpinned = (0..canvas.len()).filter(|&position| !canvas.is_pinned(position));
        let total = unpinned.count().max(1);
        let behind = canvas.prompt_len().clamp(block.start, block.end);
        let start = canvas.masked_in(block.start..behind).next();
        let start = start.unwrap_or(behind);
        Self {
            start,
            confidence: (start..block.end).map(|at| confidence(step, at)).collect(),
            is_open: (start..block.end).map(|at| canvas.is_masked(at)).collect(),
            time: canvas.masks() as f32 / total as f32,
        }
    }

    /// The same where it has at most `reach` positions, else so many from the absolute position
    /// `first` on.
    pub(super) fn within(mut self, first: u32, reach: usize) -> Self {
        if self.confidence.len() > reach {
            let skipped = self.index(first);
            self.confidence.drain(..skipped);
            self.is_open.drain(..skipped);
            self.confidence.truncate(reach);
            self.is_open.truncate(reach);
            self.start = first;
        }
        self
    }

    /// Index of an absolute position, which is one of the block's open ones.
    pub(super) fn index(&self, position: u32) -> usize {
        (position - self.start) as usize
    }
}

/// At temperature 0, at which the networks are trained, what is proposed is the likeliest; above
/// it, an unlikely draw has to count as one.
fn confidence(step: &Step, position: u32) -> f32 {
    let canvas = step.canvas;
    if canvas.is_pinned(position) {
        return 1.0;
    }
    match (step.row(position), canvas.is_masked(position)) {
        (Some(row), true) => row.commit().confidence,
        (Some(row), false) => row.record.confidence(),
        // Nothing is known of an open position that the row plan left out: it is not committed.
        (None, true) => 0.0,
        (None, false) => 1.0,
    }
}

/// Scaled log odds of a confidence: 0.99 and 0.999 are as far apart as 0.5 and 0.9.
fn feature(confidence: f32) -> f32 {
    let inside = confidence.clamp(EDGE, 1.0 - EDGE);
    (inside / (1.0 - inside)).ln() / SCALE
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod fixtures {
    use serde::Deserialize;

    /// Inputs and outputs that PyTorch wrote with the weights.
    #[derive(Deserialize)]
    pub struct Golden {
        pub filter: Vec<Case>,
        pub policy: Vec<Case>,
    }

    #[derive(Deserialize)]
    pub struct Case {
        pub confidence: Vec<f32>,
        #[serde(default)]
        pub open: Vec<bool>,
        #[serde(default)]
        pub time: f32,
        pub logits: Vec<f32>,
    }

    pub fn golden() -> Golden {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/golden/policies.json"
        );
        let text = std::fs::read_to_string(file).expect("training/policy.py wrote it");
        serde_json::from_str(&text).expect("is JSON")
    }

    pub fn assert_close(got: &[f32], wanted: &[f32]) {
        assert_eq!(got.len(), wanted.len());
        for (got, wanted) in got.iter().zip(wanted) {
            let bound = 1e-3 * wanted.abs().max(1.0);
            assert!((got - wanted).abs() < bound, "{got} for {wanted}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, rows};
    use super::*;
    use crate::decode::{Block, Canvas, Segment};

    #[test]
    fn a_block_is_seen_with_what_is_written_and_given_in_it() {
        let segments = [
            Segment::Masked(2),
            Segment::Pinned(vec![7]),
            Segment::Masked(2),
        ];
        let mut canvas = Canvas::new(&[], &segments, MASK);
        let mut rows = rows(&[0.5, 0.25, 0.1, 0.75]);
        rows.remove(2);
        canvas.apply(&[rows[0].commit()], 0);
        // A written position counts with the likeliest token, not with what is drawn there.
        rows[0].record.l_samp = 0.125f32.ln();
        // An unlikely draw at an open one is one.
        rows[1].record.l_samp = 0.0625f32.ln();
        let step = Step {
            number: 1,
            block: Block::new(0, 0, 5),
            canvas: &canvas,
            rows: &rows,
            shadows: &[],
            branches: &[],
            verified: &[],
        };
        let sight = Sight::of(&step);
        assert_eq!(sight.start, 0);
        assert_eq!(sight.is_open, [false, true, false, true, true]);
        assert_eq!(sight.time, 0.75);
        let wanted = [0.5, 0.0625, 1.0, 0.75, 0.0];
        fixtures::assert_close(&sight.confidence, &wanted);
    }

    #[test]
    fn a_long_block_is_seen_in_part() {
        let sight = Sight {
            start: 3,
            confidence: vec![0.1, 0.2, 0.3, 0.4],
            is_open: vec![true, false, true, true],
            time: 0.5,
        };
        assert_eq!(sight.clone().within(5, 4), sight);
        let part = sight.within(5, 1);
        assert_eq!((part.start, part.confidence), (5, vec![0.3]));
        assert_eq!(part.is_open, [true]);
    }

    #[test]
    fn a_canvas_without_anything_to_write_has_a_time() {
        let canvas = Canvas::new(&[1, 2], &[], MASK);
        let step = Step {
            number: 0,
            block: Block::new(0, 2, 2),
            canvas: &canvas,
            rows: &[],
            shadows: &[],
            branches: &[],
            verified: &[],
        };
        let nothing = Sight {
            start: 2,
            ..Sight::default()
        };
        assert_eq!(Sight::of(&step), nothing);
    }

    #[test]
    fn the_prompt_is_left_out_unless_something_is_open_in_it() {
        let sight = |prompt: &[u32], block: Block| {
            let canvas = Canvas::new(prompt, &[Segment::Masked(4)], MASK);
            let step = Step {
                number: 0,
                block,
                canvas: &canvas,
                rows: &[],
                shadows: &[],
                branches: &[],
                verified: &[],
            };
            let sight = Sight::of(&step);
            (sight.start, sight.is_open, sight.confidence)
        };
        let (open, closed) = (0.0, 1.0);
        assert_eq!(
            sight(&[1, 2, 3], Block::new(0, 0, 5)),
            (3, vec![true; 2], vec![open; 2])
        );
        assert_eq!(
            sight(&[1, MASK, 3], Block::new(0, 0, 4)),
            (1, vec![true, false, true], vec![open, closed, open])
        );
        assert_eq!(
            sight(&[1, 2, 3], Block::new(1, 5, 7)),
            (5, vec![true; 2], vec![open; 2])
        );
    }

    #[test]
    fn confidences_at_the_edges_are_finite() {
        assert!((feature(0.0) + 2.302_56).abs() < 1e-4);
        assert!((feature(1.0) - 2.302_56).abs() < 1e-3);
        assert_eq!(feature(0.5), 0.0);
    }
}
