//! Tries the next tokens ahead of time and goes on where the network is surest of the rest (LoPA).

use super::super::method::Parameter;
use super::{
    Canvas, Commit, Method, Row, Select, Splice, Step, Threshold, by_position, left_by, open_of,
    ranked,
};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "lopa",
    doc: "Reads the canvas together with branches that have one more token each, the likeliest ones the last step left open, and goes on with the one where the network is surest of what is left. Fewer forwards than a threshold alone, of several times the rows, and another text.",
    source: "LoPA, zhijie-group/LoPA",
    parameters: &[
        Parameter::count("branches", 1, 4, "Branches beside the canvas itself."),
        Parameter::probability(
            "threshold",
            0.9,
            "The least confidence that is committed, in the canvas and its branches alike.",
        ),
    ],
    build: |values, _| {
        let branches = values.count("branches").min(MOST);
        Ok(Box::new(Lopa::new(branches, values.real("threshold"))))
    },
};

/// Branches of one forward, beside the canvas itself.
const MOST: u32 = 31;

/// Branch r is the canvas with the r-th surest of what the last step left open. The branch with the
/// highest mean confidence over its masks wins, one without masks before all; of equals the canvas
/// itself, then the lower r. Its token is committed, and with it what reaches the threshold by its
/// records.
pub struct Lopa {
    branches: u32,
    threshold: Threshold,
    /// What the last records propose for what they left open, surest first.
    next: Vec<Commit>,
}

impl Lopa {
    /// So many branches; `threshold` is a probability.
    #[must_use]
    pub fn new(branches: u32, threshold: f32) -> Self {
        Self {
            branches,
            threshold: Threshold::new(threshold),
            next: Vec::new(),
        }
    }
}

/// Mean confidence of the proposals.
fn sureness(rows: &[Row]) -> f32 {
    if rows.is_empty() {
        return f32::INFINITY;
    }
    let confidences = rows.iter().map(|row| row.commit().confidence);
    confidences.sum::<f32>() / rows.len() as f32
}

impl Select for Lopa {
    fn speculates(&self) -> bool {
        true
    }

    fn branches(&self, _canvas: &Canvas, eligible: &[u32]) -> Vec<Vec<(u32, u32)>> {
        let next = open_of(&self.next, eligible);
        let tried = next.iter().take(self.branches as usize);
        tried
            .map(|commit| vec![(commit.position, commit.id)])
            .collect()
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let (mut sure, mut rows, mut tried) = (sureness(candidates), candidates, None);
        for branch in step.branches {
            let branch_sure = sureness(&branch.rows);
            if branch_sure > sure {
                (sure, rows) = (branch_sure, &branch.rows);
                tried = branch.tokens.first().copied();
            }
        }
        let is_tried = |commit: &&Commit| Some((commit.position, commit.id)) == tried;
        let mut committed = self.threshold.select(rows, step);
        committed.extend(self.next.iter().find(is_tried).copied());
        self.next = ranked(&left_by(rows, &committed));
        by_position(committed)
    }

    fn spliced(&mut self, _splice: &Splice) {
        self.next.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{four_masks, positions, rows, select_branching};
    use super::*;
    use crate::decode::{Block, Continuation};

    /// The canvas with the token at `written`, and how sure it is of the positions `open`.
    fn branch(written: u32, open: &[u32], sure: &[f32]) -> Continuation {
        let rows = rows(sure).into_iter();
        Continuation {
            tokens: vec![(written, 10 + written)],
            rows: rows.filter(|row| open.contains(&row.position)).collect(),
        }
    }

    /// A piece that has seen four proposals and committed the one at 1.
    fn begun() -> Lopa {
        let mut piece = Lopa::new(2, 0.9);
        assert_eq!(
            select_branching(&mut piece, &[0.2, 0.95, 0.5, 0.7], &[]),
            [1]
        );
        piece
    }

    #[test]
    fn the_surest_leftovers_have_a_branch_each() {
        assert_eq!(
            Lopa::new(2, 0.9).branches(&four_masks(), &[0, 1, 2]),
            [[]; 0]
        );
        let piece = begun();
        assert_eq!(
            piece.branches(&four_masks(), &[0, 2, 3]),
            [[(3, 13)], [(2, 12)]]
        );
        assert_eq!(
            piece.branches(&four_masks(), &[0]),
            [[(0, 10)]],
            "what is open"
        );
        assert_eq!(
            piece.branches(&four_masks(), &[8]),
            [[]; 0],
            "another block"
        );
    }

    #[test]
    fn it_goes_on_where_the_rest_is_surest() {
        let own = &rows(&[0.5, 0.0, 0.5, 0.5]);
        let sure = |piece: &mut Lopa, branches: &[Continuation]| {
            let canvas = four_masks();
            let candidates = [own[0], own[2], own[3]];
            let step = Step {
                number: 1,
                block: Block::new(0, 0, 4),
                canvas: &canvas,
                rows: &candidates,
                shadows: &[],
                branches,
                verified: &[],
            };
            positions(&piece.select(&candidates, &step))
        };
        let dull = branch(3, &[0, 2], &[0.4, 0.0, 0.4, 0.0]);
        let bright = branch(2, &[0, 3], &[0.3, 0.0, 0.0, 0.95]);
        assert_eq!(sure(&mut begun(), &[]), [0]);
        assert_eq!(sure(&mut begun(), std::slice::from_ref(&dull)), [0]);
        let mut piece = begun();
        assert_eq!(sure(&mut piece, &[dull, bright]), [2, 3]);
        assert_eq!(piece.branches(&four_masks(), &[0, 9]), [[(0, 10)]]);
        let as_sure = branch(3, &[0, 2], &[0.5, 0.0, 0.5, 0.0]);
        assert_eq!(sure(&mut begun(), &[as_sure]), [0], "of equals the canvas");
        let full = branch(3, &[], &[]);
        assert_eq!(sure(&mut begun(), &[full]), [3], "nothing is left open");
    }

    #[test]
    fn no_candidate_no_commit() {
        assert_eq!(select_branching(&mut Lopa::new(2, 0.9), &[], &[]), [0; 0]);
    }
}
