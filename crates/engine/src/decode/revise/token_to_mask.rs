//! Suspicious tokens are opened again instead of overwritten (T2M).

use super::super::method::{Parameter, Setup, Values};
use super::reread::Reread;
use super::{
    Block, Canvas, Commit, Method, Revise, Row, RowScope, Splice, Step, reopen, weakest, written,
};
use crate::sorted_map::SortedMap;

pub(super) const METHOD: Method<dyn Revise> = Method {
    name: "token_to_mask",
    doc: "Opens written tokens that look wrong to the network now that it sees more, and reads a full block again until none does. Works with any model.",
    source: "T2M, arXiv 2604.18738",
    parameters: &[
        Parameter::word(
            "trigger",
            &["low_prob", "t2t_remask", "logit_diff"],
            "What looks wrong: the token is unlikely; another one is sure; its probability changed much since the forward before.",
        ),
        Parameter::derived_real(
            "threshold",
            0.0,
            1.0,
            "Of the trigger: below this probability (0.5 where absent), above this probability (0.9), by more than this (0.3).",
        ),
        Parameter::count(
            "per_position",
            0,
            5,
            "How often one position is opened at most.",
        ),
        Parameter::probability(
            "share",
            0.25,
            "Part of the block's written positions that a step opens at most; one is always allowed.",
        ),
    ],
    build: |values, setup| Ok(Box::new(TokenToMask::of(values, setup))),
};

/// What makes a token suspicious.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Its probability is `<` the threshold.
    LowProb,
    /// The likeliest token is another, with a probability `>` the threshold.
    Contradicted,
    /// Its probability changed by `>` the threshold since the forward before, in which the
    /// position was written or open.
    Changed,
}

/// Opens the block's suspicious tokens, the most suspicious first and of equals the lower
/// position: `max(1, floor(share * written))` a step and `per_position` times each position at
/// most. A full block is read again until nothing is suspicious (`modeling_remask.py`,
/// synsis/remasked_DLM). Equality with the threshold is not suspicious.
///
/// `logit_diff` counts a rise as well as a fall, as that code does. What was given stays.
pub struct TokenToMask {
    trigger: Trigger,
    threshold: f32,
    per_position: u32,
    share: f32,
    /// How often each position was opened.
    opened: SortedMap<u32, u32>,
    /// Openings that the run has left.
    left: u32,
    /// Probability that the forward before gave to the token that each position holds.
    last: SortedMap<u32, f32>,
    reread: Reread,
    budget: u32,
}

impl TokenToMask {
    fn of(values: &Values, setup: &Setup) -> Self {
        let (trigger, usual) = match values.word("trigger") {
            "t2t_remask" => (Trigger::Contradicted, 0.9),
            "logit_diff" => (Trigger::Changed, 0.3),
            _ => (Trigger::LowProb, 0.5),
        };
        let threshold = values.given_real("threshold").unwrap_or(usual);
        let limits = (values.count("per_position"), values.real("share"));
        Self::new(
            trigger,
            threshold,
            limits,
            (setup.canvas.masks(), setup.blocks()),
        )
    }

    /// `limits` are openings per position and the share of a step; `size` are the canvas's open
    /// positions and blocks.
    #[must_use]
    pub fn new(trigger: Trigger, threshold: f32, limits: (u32, f32), size: (u32, u32)) -> Self {
        let (per_position, share) = limits;
        let (masks, blocks) = size;
        let openings = per_position.saturating_mul(masks);
        // A block is read again when it is full for the first time, and after each opening.
        let passes = if openings == 0 {
            0
        } else {
            openings.saturating_add(blocks)
        };
        Self {
            trigger,
            threshold,
            per_position,
            share,
            opened: SortedMap::new(),
            left: openings,
            last: SortedMap::new(),
            reread: Reread::new(u32::MAX, passes),
            budget: openings.saturating_add(passes),
        }
    }

    /// How trustworthy the token at the row's position is, if it is suspicious.
    fn suspect(&self, row: &Row, canvas: &Canvas) -> Option<f32> {
        let (record, threshold) = (row.record, self.threshold);
        let now = record.current_probability();
        match self.trigger {
            Trigger::LowProb => (now < threshold).then_some(now),
            Trigger::Contradicted => {
                let other = record.top1 != canvas.id(row.position);
                let confidence = record.confidence();
                (other && confidence > threshold).then_some(-confidence)
            }
            Trigger::Changed => {
                let change = (now - self.last.get(&row.position)?).abs();
                (change > threshold).then_some(-change)
            }
        }
    }

    fn remember(&mut self, committed: &[Commit], step: &Step) {
        let written = written(step.canvas, &step.block);
        let rows = written.filter_map(|position| step.row(position));
        let seen = rows.map(|row| (row.position, row.record.current_probability()));
        self.last = seen.collect();
        let new = committed
            .iter()
            .map(|commit| (commit.position, commit.confidence));
        self.last.extend(new);
    }
}

impl Revise for TokenToMask {
    fn budget(&self) -> u32 {
        self.budget
    }

    fn scope(&self) -> RowScope {
        RowScope::Block
    }

    fn post_pass(&mut self, canvas: &Canvas, _next: Option<&Block>) -> Option<Block> {
        self.reread.next(canvas)
    }

    fn revise(&mut self, committed: &[Commit], step: &Step) -> Vec<Commit> {
        let editable: Vec<u32> = written(step.canvas, &step.block).collect();
        let times = |position| self.opened.get(position).copied().unwrap_or(0);
        let allowed = editable
            .iter()
            .filter(|&position| times(position) < self.per_position);
        let suspects = allowed.filter_map(|&position| {
            let trust = self.suspect(step.row(position)?, step.canvas)?;
            Some((position, trust))
        });
        let most = ((editable.len() as f32 * self.share) as usize).max(1);
        let positions = weakest(suspects.collect(), most.min(self.left as usize));
        for &position in &positions {
            *self.opened.get_or_insert_with(position, Default::default) += 1;
        }
        self.left -= positions.len() as u32;
        self.remember(committed, step);
        self.reread
            .after(step.block, !committed.is_empty() || !positions.is_empty());
        reopen(positions, step.canvas)
    }

    fn spliced(&mut self, splice: &Splice) {
        let times = |(&position, &times)| Some((splice.moved(position)?, times));
        self.opened = self.opened.iter().filter_map(times).collect();
        let last = |(&position, &last)| Some((splice.moved(position)?, last));
        self.last = self.last.iter().filter_map(last).collect();
        self.reread.spliced(splice);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Scene, committed, positions};
    use super::*;

    fn piece(trigger: Trigger, threshold: f32) -> TokenToMask {
        TokenToMask::new(trigger, threshold, (5, 1.0), (8, 1))
    }

    fn opened(piece: &mut TokenToMask, scene: &Scene) -> Vec<u32> {
        positions(&piece.revise(&[], &scene.step()))
    }

    #[test]
    fn an_unlikely_token_is_opened_and_equality_stays() {
        let scene = Scene::new(3, 1).current(&[0.2, 0.9, 0.4, 0.1]);
        assert_eq!(opened(&mut piece(Trigger::LowProb, 0.5), &scene), [0, 2]);
        assert_eq!(
            opened(&mut piece(Trigger::LowProb, 0.1), &scene),
            [0; 0],
            "none"
        );
        assert_eq!(
            opened(&mut piece(Trigger::LowProb, 1.0), &scene),
            [0, 1, 2],
            "all"
        );
        let least = scene.rows[0].record.current_probability();
        assert_eq!(opened(&mut piece(Trigger::LowProb, least), &scene), [0; 0]);
        assert_eq!(
            opened(&mut piece(Trigger::LowProb, 0.5), &Scene::new(0, 1)),
            [0; 0]
        );
        assert_eq!(
            opened(&mut piece(Trigger::LowProb, 1.0), &Scene::pinned()),
            [0; 0]
        );
    }

    #[test]
    fn a_contradicted_token_is_opened() {
        let scene = Scene::new(3, 0).proposed(&[0.95, 0.5, 0.91]);
        assert_eq!(
            opened(&mut piece(Trigger::Contradicted, 0.9), &scene),
            [0, 2]
        );
        let agreed = Scene::new(2, 0).current(&[0.95, 0.95]);
        assert_eq!(
            opened(&mut piece(Trigger::Contradicted, 0.9), &agreed),
            [0; 0]
        );
        let sure = scene.rows[0].record.confidence();
        assert_eq!(
            opened(&mut piece(Trigger::Contradicted, sure), &scene),
            [0; 0]
        );
    }

    #[test]
    fn a_change_since_the_forward_before_opens() {
        let mut changed = piece(Trigger::Changed, 0.3);
        let before = Scene::new(3, 1).current(&[0.9, 0.2, 0.5]);
        let commit = Commit {
            position: 3,
            id: 1,
            confidence: 0.9,
        };
        assert_eq!(
            changed.revise(&[commit], &before.step()),
            [],
            "nothing to compare"
        );
        let now = Scene::new(4, 0).current(&[0.5, 0.9, 0.6, 0.1]);
        assert_eq!(
            opened(&mut changed, &now),
            [0, 1, 3],
            "falls, rises, and the new one"
        );
        assert_eq!(opened(&mut changed, &now), [0; 0], "nothing changed again");
    }

    #[test]
    fn caps_hold_and_the_most_suspicious_go_first() {
        let scene = Scene::new(8, 0).current(&[0.3, 0.2, 0.2, 0.1, 0.3, 0.9, 0.9, 0.9]);
        let mut quarter = TokenToMask::new(Trigger::LowProb, 0.5, (1, 0.25), (8, 1));
        assert_eq!(opened(&mut quarter, &scene), [1, 3], "of equals the lower");
        assert_eq!(opened(&mut quarter, &scene), [0, 2], "once a position");
        assert_eq!(opened(&mut quarter, &scene), [4]);
        assert_eq!(opened(&mut quarter, &scene), [0; 0]);
        let mut one = TokenToMask::new(Trigger::LowProb, 0.5, (1, 0.0), (8, 1));
        assert_eq!(opened(&mut one, &scene), [3], "one at least");
        let mut two = TokenToMask::new(Trigger::LowProb, 0.5, (1, 1.0), (2, 1));
        assert_eq!(opened(&mut two, &scene).len(), 2, "the run's openings");
        assert_eq!(two.budget(), 2 + 3);
        let mut never = TokenToMask::new(Trigger::LowProb, 0.5, (0, 1.0), (8, 1));
        assert_eq!((opened(&mut never, &scene), never.budget()), (vec![], 0));
    }

    #[test]
    fn a_full_block_is_read_until_nothing_is_suspicious() {
        let mut piece = piece(Trigger::LowProb, 0.5);
        let fine = Scene::new(2, 0).current(&[0.9, 0.9]);
        piece.revise(&committed(0, 1), &fine.step());
        assert!(piece.post_pass(&fine.canvas, None).is_some(), "just filled");
        piece.revise(&[], &fine.step());
        assert_eq!(piece.post_pass(&fine.canvas, None), None);
    }
}
