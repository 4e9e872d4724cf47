//! Drafts with a model's diffusion mode and keeps what its autoregressive mode would have written
//! (linear self-speculation of tri-mode models).

use super::{Commit, Method, Reading, Row, Select, Step, accepted, first_run, highest};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "linear_spec",
    doc: "For models that were trained in both ways (Nemotron-Labs-Diffusion): fills the block at once, reads it in a second forward as a causal model, and keeps as much as that would have written itself, and its next token. At temperature 0 the text is that of the causal model, token for token. On other models it commits the leftmost position.",
    source: "LinearSpec, sgl-project/sglang, Nemotron-Labs-Diffusion, arXiv 2607.05722",
    parameters: &[],
    build: |_, setup| {
        Ok(Box::new(LinearSpeculation {
            drafts: setup.tri_mode,
        }))
    },
};

/// The proposals for the block's first run of masks are the draft; the causal model's proposals
/// replace them up to and with the first that differs (`linear_spec.py`, sgl-project/sglang). That
/// one is the published seed of the next draft.
///
/// Both forwards see what is before the draft as the causal model left it, and the second one keeps
/// its keys and values. Drafts end with the model's block, where the published ones have a fixed
/// length: that decides how much is drafted, not what is written.
pub struct LinearSpeculation {
    /// Whether the model has both ways.
    drafts: bool,
}

impl Select for LinearSpeculation {
    fn speculates(&self) -> bool {
        self.drafts
    }

    fn readings(&self) -> [Reading; 2] {
        match self.drafts {
            true => [Reading::Draft, Reading::Causal],
            false => [Reading::Own; 2],
        }
    }

    fn draft(&self, candidates: &[Row]) -> Vec<(u32, u32)> {
        // No row is before the first position, so none predicts it.
        let is_predicted = candidates.first().is_some_and(|row| row.position > 0);
        match self.drafts && is_predicted {
            true => first_run(candidates)
                .iter()
                .map(|row| (row.position, row.commit().id))
                .collect(),
            false => Vec::new(),
        }
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        match step.verified {
            // Equal scores leave the order to the positions.
            [] => highest(candidates, 1, |_| 0.0),
            verified => accepted(candidates, verified),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, positions, rows};
    use super::*;
    use crate::decode::{Block, Canvas, Segment};

    fn select(drafts: bool, verified: &[Row]) -> Vec<u32> {
        let canvas = Canvas::new(&[], &[Segment::Masked(4)], MASK);
        let candidates = rows(&[0.1, 0.2, 0.9, 0.4]);
        let step = Step {
            number: 0,
            block: Block::new(0, 0, 4),
            canvas: &canvas,
            rows: &candidates,
            shadows: &[],
            branches: &[],
            verified,
        };
        positions(&LinearSpeculation { drafts }.select(&candidates, &step))
    }

    #[test]
    fn what_the_causal_model_says_stands_up_to_the_first_difference() {
        let mut verified = rows(&[0.5; 4]);
        assert_eq!(select(true, &verified), [0, 1, 2, 3]);
        verified[2].record.samp = 77;
        assert_eq!(select(true, &verified), [0, 1, 2]);
        verified[0].record.samp = 77;
        assert_eq!(select(true, &verified), [0]);
    }

    #[test]
    fn other_models_go_from_left_to_right() {
        assert_eq!(select(false, &[]), [0]);
        let candidates = rows(&[0.5; 4]);
        let drafted = |drafts| LinearSpeculation { drafts }.draft(&candidates[1..]);
        assert_eq!(drafted(false), []);
        assert_eq!(drafted(true), [(1, 11), (2, 12), (3, 13)]);
        let first = LinearSpeculation { drafts: true }.draft(&candidates);
        assert_eq!(first, [], "nothing predicts the first position");
    }
}
