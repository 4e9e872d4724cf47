//! Infilling of any length with two trained tokens (DreamOn).

use super::super::method::Parameter;
use super::length::open_at;
use super::{Block, Canvas, Commit, FixedBlocks, Method, Splice, Structure};
use crate::Error;
use crate::decode::Step;
use crate::order;

pub(super) const METHOD: Method<dyn Structure> = Method {
    name: "dreamon",
    doc: "Lets the model write a token that becomes two open positions and one that deletes its own. For DreamOn checkpoints; made for one token a step.",
    source: "DreamOn, arXiv 2602.01326",
    parameters: &[
        Parameter::derived_count(
            "budget",
            0,
            "Expansions of a run; twice the positions that canvas and room have where absent.",
        ),
        Parameter::word(
            "delete",
            &["one", "rest"],
            "What an end token deletes: its position, or the open ones to the right as well.",
        ),
    ],
    build: |values, setup| {
        let Some(expand_id) = setup.vocabulary.expand_id else {
            return Err(Error::bad_input(
                "structure \"dreamon\" needs a DreamOn checkpoint: this model's configuration names no \"expand_token_id\"; choose another structure, such as blocks",
            ));
        };
        let canvas = setup.canvas;
        let positions = setup.length().saturating_add(canvas.room());
        Ok(Box::new(DreamOn {
            blocks: FixedBlocks::new(setup.block, canvas),
            expand_id,
            delete_ids: setup.vocabulary.stop_ids.clone(),
            deletes_rest: values.word("delete") == "rest",
            budget: values
                .given_count("budget")
                .unwrap_or(positions.saturating_mul(2)),
        }))
    },
};

/// The published sampler's two edits (DreamLM/DreamOn): after a step, every committed EXPAND
/// becomes two open positions and every committed end token goes with its position, right to left.
///
/// EXPAND is banned once the budget is spent or the canvas has no room. Of several in one step, the
/// one that finds no room any more becomes one open position; it costs its part of the budget
/// all the same, so that a run ends. Where the published sampler keeps its tensor's length by
/// padding, the canvas is shorter here. `delete=rest` is its `pad_delete_to_right`.
pub struct DreamOn {
    blocks: FixedBlocks,
    expand_id: u32,
    delete_ids: Vec<u32>,
    deletes_rest: bool,
    budget: u32,
}

impl DreamOn {
    /// The open positions behind the first deletion go with it.
    fn rest(&self, canvas: &Canvas, first: Option<u32>) -> Vec<u32> {
        match first {
            Some(first) if self.deletes_rest => canvas.masked_in(first..canvas.len()).collect(),
            _ => Vec::new(),
        }
    }

    fn edit(&mut self, commit: &Commit, canvas: &Canvas, room: &mut u32) -> Option<Splice> {
        if self.delete_ids.contains(&commit.id) || commit.id == canvas.mask_id() {
            *room += 1;
            return Some(open_at(canvas, commit.position, 1, 0));
        }
        if commit.id != self.expand_id || self.budget == 0 {
            return None;
        }
        self.budget -= 1;
        let grows = u32::from(*room > 0);
        *room -= grows;
        Some(open_at(canvas, commit.position, 1, 1 + grows))
    }
}

impl Structure for DreamOn {
    fn open(&mut self, canvas: &Canvas) -> Option<Block> {
        self.blocks.open(canvas)
    }

    fn banned(&self, canvas: &Canvas) -> Vec<u32> {
        match self.budget == 0 || canvas.room() == 0 {
            true => vec![self.expand_id],
            false => Vec::new(),
        }
    }

    fn after_apply(&mut self, canvas: &Canvas, committed: &[Commit], _: &Step) -> Vec<Splice> {
        // A mask of the prompt is no part of what may change its length.
        let behind_prompt = committed.iter().filter(|commit| {
            commit.position >= canvas.prompt_len() && canvas.id(commit.position) == commit.id
        });
        let mut edited: Vec<Commit> = behind_prompt.copied().collect();
        let first = edited
            .iter()
            .find(|commit| self.delete_ids.contains(&commit.id));
        let rest = self.rest(canvas, first.map(|commit| commit.position));
        edited.extend(rest.into_iter().map(|position| Commit {
            position,
            id: canvas.mask_id(),
            confidence: 0.0,
        }));
        order::sort(&mut edited, |a, b| b.position.cmp(&a.position));
        let mut room = canvas.room();
        let edits = edited.iter();
        edits
            .filter_map(|commit| self.edit(commit, canvas, &mut room))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{
        EXPAND, MASK, STOP, advance, built, is_refused, splice, template, vocabulary,
    };
    use super::*;
    use crate::decode::{Segment, Vocabulary};

    fn edit(text: &str, canvas: &mut Canvas, commits: &[(u32, u32)]) -> Vec<Splice> {
        let mut piece = built(text, None, canvas);
        advance(&mut *piece, canvas, &[], commits).1
    }

    #[test]
    fn expand_becomes_two_and_an_end_goes() {
        let mut canvas = template(&[MASK, MASK, 5, MASK, MASK]);
        let commits = [(1, EXPAND), (2, STOP), (4, EXPAND), (5, 2)];
        let expected = [
            splice(4, 1, &[MASK, MASK]),
            splice(2, 1, &[]),
            splice(1, 1, &[MASK, MASK]),
        ];
        assert_eq!(edit("dreamon", &mut canvas, &commits), expected);
        assert_eq!(canvas.ids(), [1, MASK, MASK, 5, MASK, MASK, 2]);
        assert!(canvas.is_pinned(3), "pins move");
    }

    #[test]
    fn an_end_may_take_the_open_rest_with_it() {
        let commits = [(2, STOP), (4, 2)];
        let mut canvas = template(&[MASK, MASK, MASK, MASK, MASK, 5]);
        edit("dreamon:delete=rest", &mut canvas, &commits);
        assert_eq!(canvas.ids(), [1, MASK, 2, 5]);
        let mut canvas = template(&[MASK, MASK, MASK, MASK, MASK, 5]);
        edit("dreamon", &mut canvas, &commits);
        assert_eq!(canvas.ids(), [1, MASK, MASK, 2, MASK, 5]);
    }

    #[test]
    fn the_budget_ends_the_expansions() {
        let mut canvas = template(&[MASK, MASK]);
        let mut piece = built("dreamon:budget=1", None, &canvas);
        assert_eq!(piece.banned(&canvas), [] as [u32; 0]);
        let both = [(1, EXPAND), (2, EXPAND)];
        let (_, spliced) = advance(&mut *piece, &mut canvas, &[], &both);
        assert_eq!(spliced, [splice(2, 1, &[MASK, MASK])]);
        assert_eq!(piece.banned(&canvas), [EXPAND]);
        assert_eq!(canvas.ids(), [1, EXPAND, MASK, MASK]);
    }

    #[test]
    fn without_room_expand_is_one_open_position() {
        let mut canvas = template(&[MASK, MASK, MASK]).with_limit(5);
        let mut piece = built("dreamon", None, &canvas);
        let three = [(1, EXPAND), (2, EXPAND), (3, EXPAND)];
        let (_, spliced) = advance(&mut *piece, &mut canvas, &[], &three);
        let expected = [
            splice(3, 1, &[MASK, MASK]),
            splice(2, 1, &[MASK]),
            splice(1, 1, &[MASK]),
        ];
        assert_eq!(spliced, expected);
        assert_eq!(piece.banned(&canvas), [EXPAND]);
        // The room of a deletion serves an expansion further left.
        let mut canvas = template(&[MASK, MASK]).with_limit(3);
        edit("dreamon", &mut canvas, &[(1, EXPAND), (2, STOP)]);
        assert_eq!(canvas.ids(), [1, MASK, MASK]);
    }

    #[test]
    fn everything_may_go_and_the_prompt_stays() {
        let mut canvas = template(&[MASK]);
        edit("dreamon", &mut canvas, &[(1, STOP)]);
        assert_eq!(canvas.ids(), [1]);
        let mut canvas = Canvas::new(&[MASK], &[Segment::Masked(1)], MASK);
        assert_eq!(edit("dreamon", &mut canvas, &[(0, STOP)]), []);
    }

    #[test]
    fn a_full_canvas_opens_nothing_and_other_checkpoints_are_refused() {
        let canvas = template(&[5]);
        assert_eq!(built("dreamon", None, &canvas).open(&canvas), None);
        let plain = Vocabulary {
            expand_id: None,
            ..vocabulary()
        };
        is_refused("dreamon", &plain);
    }
}
