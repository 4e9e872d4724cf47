//! Reads the next steps together with the present one and keeps those that come out as drafted
//! (FreeDave).

use super::super::method::Parameter;
use super::{
    Canvas, Commit, Method, Row, Select, Splice, Step, Threshold, by_position, highest, left_by,
    open_of, ranked, tokens,
};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "freedave",
    doc: "Drafts the canvases of the next steps, reads all of them in one forward and takes every step that comes out as drafted. At temperature 0 the text is that of one step a forward, token for token; each draft costs the rows of a block more.",
    source: "FreeDave, cychomatica/FreeDave, arXiv 2510.00294",
    parameters: &[
        Parameter::count(
            "drafts",
            1,
            3,
            "Canvases that are read beside the present one.",
        ),
        Parameter::derived_real(
            "threshold",
            0.0,
            1.0,
            "A step commits what is at least so sure, as with the method threshold; one token where absent.",
        ),
    ],
    build: |values, _| {
        let drafts = values.count("drafts").min(MOST);
        Ok(Box::new(FreeDave::new(
            drafts,
            values.given_real("threshold"),
        )))
    },
};

/// Branches of one forward, beside the canvas itself.
const MOST: u32 = 31;

/// Takes the steps of a reference, the surest token or [`Threshold`], as far as one forward tells
/// them (`generation/core.py`, cychomatica/FreeDave, with exact matching).
///
/// The proposals that the last step left open, surest first, are the draft: draft m is the canvas
/// with the first m of them. Where a step of the reference leads to a draft, its records are there
/// already, and the next step is taken from them. Only what the reference itself would commit is
/// committed, so a bad draft costs rows and no text. The last position of a block is not drafted:
/// nothing is left to read there.
pub struct FreeDave {
    drafts: u32,
    threshold: Option<Threshold>,
    /// What the last records propose for what they left open, surest first.
    draft: Vec<Commit>,
}

impl FreeDave {
    /// So many drafts, of steps of one token, or of everything that reaches a threshold.
    #[must_use]
    pub fn new(drafts: u32, threshold: Option<f32>) -> Self {
        Self {
            drafts,
            threshold: threshold.map(Threshold::new),
            draft: Vec::new(),
        }
    }

    /// One step of the reference.
    fn step(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        match &mut self.threshold {
            Some(threshold) => threshold.select(candidates, step),
            None => highest(candidates, 1, |row| row.commit().confidence),
        }
    }
}

impl Select for FreeDave {
    fn speculates(&self) -> bool {
        true
    }

    fn branches(&self, _canvas: &Canvas, eligible: &[u32]) -> Vec<Vec<(u32, u32)>> {
        let draft = open_of(&self.draft, eligible);
        let most = draft.len().min(eligible.len().saturating_sub(1));
        let counts = 1..=most.min(self.drafts as usize);
        counts.map(|count| tokens(&draft[..count])).collect()
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let mut rows = candidates.to_vec();
        let mut committed = Vec::new();
        loop {
            let next = self.step(&rows, step);
            let open = left_by(&rows, &next);
            self.draft = ranked(&open);
            committed.extend(next);
            let reached = tokens(&committed);
            let mut drafts = step.branches.iter();
            match drafts.find(|draft| draft.tokens == reached && !draft.rows.is_empty()) {
                Some(draft) if !open.is_empty() => rows.clone_from(&draft.rows),
                _ => return by_position(committed),
            }
        }
    }

    fn spliced(&mut self, _splice: &Splice) {
        self.draft.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{four_masks, rows, select_branching};
    use super::*;
    use crate::decode::Continuation;

    /// The canvas with the tokens at `written`, and how sure it is of the others.
    fn draft(written: &[u32], sure: &[f32]) -> Continuation {
        let rows = rows(sure).into_iter();
        Continuation {
            tokens: written.iter().map(|at| (*at, 10 + at)).collect(),
            rows: rows
                .filter(|row| !written.contains(&row.position))
                .collect(),
        }
    }

    #[test]
    fn the_surest_leftovers_are_drafted_one_after_the_other() {
        let mut piece = FreeDave::new(3, None);
        assert_eq!(
            piece.branches(&four_masks(), &[0, 1, 2, 3]),
            [[]; 0],
            "no draft yet"
        );
        assert_eq!(
            select_branching(&mut piece, &[0.2, 0.9, 0.5, 0.7], &[]),
            [1]
        );
        let all_but_the_last = [vec![(3, 13)], vec![(2, 12), (3, 13)]];
        assert_eq!(piece.branches(&four_masks(), &[0, 2, 3]), all_but_the_last);
        assert_eq!(
            piece.branches(&four_masks(), &[0, 2]),
            [[(2, 12)]],
            "what is open"
        );
        assert_eq!(
            piece.branches(&four_masks(), &[0]),
            [[]; 0],
            "nothing to read"
        );
        assert_eq!(
            piece.branches(&four_masks(), &[7, 8]),
            [[]; 0],
            "another block"
        );
        let mut one = FreeDave::new(1, None);
        select_branching(&mut one, &[0.2, 0.9, 0.5, 0.7], &[]);
        assert_eq!(one.branches(&four_masks(), &[0, 2, 3]).len(), 1);
    }

    #[test]
    fn steps_are_taken_while_they_come_out_as_drafted() {
        let sure = [0.9, 0.1, 0.5, 0.2];
        let right = draft(&[0], &[0.0, 0.1, 0.8, 0.9]);
        let then = draft(&[0, 3], &[0.0, 0.6, 0.5, 0.0]);
        let wrong = draft(&[2], &[0.9, 0.8, 0.0, 0.7]);
        let one = || FreeDave::new(3, None);
        assert_eq!(select_branching(&mut one(), &sure, &[]), [0]);
        let not_reached = std::slice::from_ref(&wrong);
        assert_eq!(select_branching(&mut one(), &sure, not_reached), [0]);
        assert_eq!(
            select_branching(&mut one(), &sure, &[right.clone(), wrong]),
            [0, 3]
        );
        let mut piece = one();
        assert_eq!(
            select_branching(&mut piece, &sure, &[right.clone(), then]),
            [0, 1, 3]
        );
        assert_eq!(
            piece.branches(&four_masks(), &[2, 9]),
            [[(2, 12)]],
            "drafts are the last ones"
        );
        let other_token = Continuation {
            tokens: vec![(0, 77)],
            ..right
        };
        assert_eq!(select_branching(&mut one(), &sure, &[other_token]), [0]);
    }

    #[test]
    fn a_step_may_jump_over_drafts() {
        let sure = [0.9, 0.8, 0.5, 0.2];
        let passed_over = draft(&[0], &[0.0, 0.9, 0.9, 0.9]);
        let reached = draft(&[0, 1], &[0.0, 0.0, 0.4, 0.6]);
        let mut piece = FreeDave::new(2, Some(0.8));
        assert_eq!(
            select_branching(&mut piece, &sure, &[passed_over, reached]),
            [0, 1, 3]
        );
    }

    #[test]
    fn no_candidate_no_commit_and_of_equals_the_lower_position() {
        let mut piece = FreeDave::new(3, None);
        assert_eq!(select_branching(&mut piece, &[], &[]), [0; 0]);
        assert_eq!(select_branching(&mut piece, &[0.5; 4], &[]), [0]);
        assert_eq!(piece.branches(&four_masks(), &[1, 2, 3])[0], [(1, 11)]);
    }
}
