//! Cutting the canvas where the model proposes the end (Learn2PD's end-of-text prediction).

use super::super::method::Parameter;
use super::length::{self, behind_pins, says_end};
use super::{Block, Canvas, Commit, FixedBlocks, Method, RowScope, Splice, Structure};
use crate::decode::Step;

pub(super) const METHOD: Method<dyn Structure> = Method {
    name: "end_of_text",
    doc: "Blocks of one size, left to right; the canvas is cut behind an end token as soon as one is committed or sure enough anywhere on it, so that no forward is spent on padding.",
    source: "Learn2PD",
    parameters: &[Parameter::probability(
        "floor",
        0.9,
        "The least confidence of an end token that is not committed yet; 0 cuts at any, as published.",
    )],
    build: |values, setup| {
        Ok(Box::new(EndOfText {
            blocks: FixedBlocks::new(setup.block, setup.canvas),
            stop_ids: length::stop_ids("end_of_text", setup)?,
            floor: values.real("floor"),
        }))
    },
};

/// EoTP (ims-kdks/Learning-to-Parallel-Decoding): among all open positions whose likeliest token is
/// an end token, the canvas ends behind the first that the step committed; without one, behind the
/// one that is surest of the end. What is behind goes, committed tokens too.
///
/// As published, the second rule cuts at any proposal of the end, however unsure; the floor is the
/// handbook's. Only what is behind everything pinned counts: text placed further right is wanted.
pub struct EndOfText {
    blocks: FixedBlocks,
    stop_ids: Vec<u32>,
    floor: f32,
}

impl EndOfText {
    /// The open position, of those from `first` on, that is surest of the end; of equals the first.
    fn surest(&self, step: &Step, first: u32) -> Option<u32> {
        let mut best: Option<(u32, f32)> = None;
        let is_open = |position| position >= first && step.canvas.is_masked(position);
        for row in step.rows.iter().filter(|row| is_open(row.position)) {
            let sure = row.record.eos_probability();
            let surer = best.is_none_or(|(_, most)| sure > most);
            if says_end(row, &self.stop_ids) && sure >= self.floor && surer {
                best = Some((row.position, sure));
            }
        }
        best.map(|(position, _)| position)
    }
}

impl Structure for EndOfText {
    fn open(&mut self, canvas: &Canvas) -> Option<Block> {
        self.blocks.open(canvas)
    }

    fn scope(&self) -> RowScope {
        RowScope::Masks
    }

    fn after_apply(&mut self, canvas: &Canvas, committed: &[Commit], step: &Step) -> Vec<Splice> {
        let first = behind_pins(canvas);
        let ends = committed.iter().filter(|commit| {
            commit.position >= first && self.stop_ids.contains(&canvas.id(commit.position))
        });
        let accepted = ends.map(|commit| commit.position).min();
        let Some(end) = accepted.or_else(|| self.surest(step, first)) else {
            return Vec::new();
        };
        let behind = canvas.len() - (end + 1);
        let cut = Splice {
            at: end + 1,
            removed: behind,
            inserted: Vec::new(),
        };
        (behind > 0).then_some(cut).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{
        MASK, STOP, advance, built, is_refused, rows, splice, template, vocabulary,
    };
    use super::*;
    use crate::decode::Vocabulary;

    fn cut(
        text: &str,
        ids: &[u32],
        proposals: &[(u32, f32)],
        commits: &[(u32, u32)],
    ) -> Vec<Splice> {
        let mut canvas = template(ids);
        let mut piece = built(text, Some(2), &canvas);
        assert_eq!(piece.scope(), RowScope::Masks);
        advance(&mut *piece, &mut canvas, &rows(proposals), commits).1
    }

    const OPEN: &[u32] = &[MASK; 5];

    #[test]
    fn the_first_end_that_is_committed_cuts() {
        let proposals = [(2, 0.9), (STOP, 0.5), (STOP, 0.6), (STOP, 0.99)];
        let commits = [(2, STOP), (3, STOP)];
        assert_eq!(
            cut("end_of_text", OPEN, &proposals, &commits),
            [splice(3, 3, &[])]
        );
    }

    #[test]
    fn without_one_the_surest_cuts_if_it_is_sure_enough() {
        let proposals = [
            (2, 0.9),
            (STOP, 0.91),
            (STOP, 0.95),
            (STOP, 0.95),
            (STOP, 0.3),
        ];
        assert_eq!(
            cut("end_of_text", OPEN, &proposals, &[]),
            [splice(4, 2, &[])]
        );
        let floor = "end_of_text:floor=0.96";
        assert_eq!(cut(floor, OPEN, &proposals, &[]), []);
        let any = "end_of_text:floor=0";
        assert_eq!(cut(any, OPEN, &[(STOP, 0.2)], &[]), [splice(2, 4, &[])]);
        assert_eq!(cut(any, OPEN, &[(2, 0.2); 5], &[]), [], "no end, no cut");
    }

    #[test]
    fn the_end_of_the_canvas_needs_no_cut() {
        let last = [(2, 0.9), (STOP, 0.95)];
        assert_eq!(cut("end_of_text", &[MASK; 2], &last, &[]), []);
        assert_eq!(cut("end_of_text", &[MASK], &[], &[(1, STOP)]), []);
    }

    #[test]
    fn what_is_pinned_is_never_cut() {
        let proposals = [(STOP, 0.99), (2, 0.5), (STOP, 0.95)];
        let ids = [MASK, 5, MASK, MASK];
        assert_eq!(
            cut("end_of_text", &ids, &proposals, &[(1, STOP)]),
            [splice(4, 1, &[])]
        );
        assert_eq!(cut("end_of_text", &[MASK, 5], &[(STOP, 0.99)], &[]), []);
    }

    #[test]
    fn a_full_canvas_opens_nothing_and_a_model_without_an_end_is_refused() {
        let canvas = template(&[5]);
        assert_eq!(built("end_of_text", None, &canvas).open(&canvas), None);
        let endless = Vocabulary {
            stop_ids: vec![],
            ..vocabulary()
        };
        is_refused("end_of_text", &endless);
    }
}
