//! The canvas: what is known at each position, and the only place where it changes.

use std::ops::Range;

use super::{Commit, Splice};

/// A stretch of the canvas behind the prompt, as the caller gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Given tokens; they stay as they are. A MASK id among them is an open position.
    Pinned(Vec<u32>),
    /// So many open positions.
    Masked(u32),
}

impl Segment {
    /// Number of positions, to compare with the context before a canvas is built.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Pinned(ids) => ids.len(),
            Self::Masked(count) => *count as usize,
        }
    }

    /// Whether the segment holds no position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How a position got its token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// The step that committed it, counted from 0.
    pub step: u32,
    /// Probability of the token when it was committed.
    pub confidence: f32,
}

/// The token sequence: the prompt, then what is being written. Positions are absolute.
///
/// A given token, of the prompt or of a template, is *pinned*: nothing may change it. A MASK
/// is open wherever it stands, in the prompt too.
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas {
    ids: Vec<u32>,                 // [positions]
    pinned: Vec<bool>,             // [positions]
    history: Vec<Option<History>>, // [positions]
    prompt_len: u32,
    soft_len: u32,
    mask_id: u32,
    limit: u32,
}

impl Canvas {
    /// `prompt` followed by `segments`. The caller has compared the length with the context.
    #[must_use]
    pub fn new(prompt: &[u32], segments: &[Segment], mask_id: u32) -> Self {
        let mut ids = prompt.to_vec();
        for segment in segments {
            match segment {
                Segment::Pinned(given) => ids.extend(given),
                Segment::Masked(count) => ids.extend((0..*count).map(|_| mask_id)),
            }
        }
        Self {
            pinned: ids.iter().map(|&id| id != mask_id).collect(),
            history: vec![None; ids.len()],
            ids,
            prompt_len: prompt.len() as u32,
            soft_len: 0,
            mask_id,
            limit: u32::MAX,
        }
    }

    /// The same, never to grow beyond `limit` positions, the prompt's included.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// The same, whose first `rows` positions have embeddings of their own in place of tokens. Their
    /// ids lie behind the vocabulary.
    #[must_use]
    pub fn with_soft_prefix(mut self, rows: u32) -> Self {
        self.soft_len = rows;
        self
    }

    /// The tokens that the caller gave or the network wrote: all but those of a soft prefix.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        &self.ids[self.soft_len as usize..]
    }

    /// Positions that may still be added.
    #[must_use]
    pub fn room(&self) -> u32 {
        self.limit.saturating_sub(self.len())
    }

    /// The id of an open position.
    #[must_use]
    pub fn mask_id(&self) -> u32 {
        self.mask_id
    }

    /// Every token, prompt first; open positions hold the MASK id.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Number of positions, the prompt's included.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.ids.len() as u32
    }

    /// Whether there is no position at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Positions `0..prompt_len()` are the prompt.
    #[must_use]
    pub fn prompt_len(&self) -> u32 {
        self.prompt_len
    }

    /// The token at `position`.
    #[must_use]
    pub fn id(&self, position: u32) -> u32 {
        self.ids[position as usize]
    }

    /// Whether `position` is open.
    #[must_use]
    pub fn is_masked(&self, position: u32) -> bool {
        self.id(position) == self.mask_id
    }

    /// Whether the token at `position` was given and may never change.
    #[must_use]
    pub fn is_pinned(&self, position: u32) -> bool {
        self.pinned[position as usize]
    }

    /// When and how surely `position` was committed; `None` while open, and for given tokens.
    #[must_use]
    pub fn history(&self, position: u32) -> Option<History> {
        self.history[position as usize]
    }

    /// Number of open positions.
    #[must_use]
    pub fn masks(&self) -> u32 {
        self.masked_in(0..self.len()).count() as u32
    }

    /// Open positions within `range`, ascending.
    pub fn masked_in(&self, range: Range<u32>) -> impl Iterator<Item = u32> {
        range.filter(|&position| self.is_masked(position))
    }

    /// Writes `edits` at `step`. An edit to the MASK id opens the position again.
    ///
    /// # Panics
    /// When an edit touches a pinned position or none at all: a piece that does so is wrong,
    /// and overwriting what the user gave would be worse than stopping.
    pub(super) fn apply(&mut self, edits: &[Commit], step: u32) {
        for edit in edits {
            let position = edit.position as usize;
            assert!(
                !self.pinned[position],
                "position {position} is pinned, token {} may not replace it",
                edit.id
            );
            self.ids[position] = edit.id;
            self.history[position] = (edit.id != self.mask_id).then_some(History {
                step,
                confidence: edit.confidence,
            });
        }
    }

    /// Changes the length.
    ///
    /// # Panics
    /// When a pinned position would go, the prompt would be touched, or the canvas would outgrow
    /// its limit: a piece that does so is wrong.
    pub(super) fn splice(&mut self, splice: &Splice) {
        let range = splice.at as usize..(splice.at + splice.removed) as usize;
        assert!(
            splice.at >= self.prompt_len && !self.pinned[range.clone()].contains(&true),
            "{splice:?} would remove what is given"
        );
        let count = splice.inserted.len();
        assert!(
            count as u32 <= self.room() + splice.removed,
            "{splice:?} outgrows the limit of {} positions",
            self.limit
        );
        self.ids
            .splice(range.clone(), splice.inserted.iter().copied());
        self.pinned
            .splice(range.clone(), std::iter::repeat_n(false, count));
        self.history.splice(range, std::iter::repeat_n(None, count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: u32 = 9;

    fn canvas() -> Canvas {
        let segments = [Segment::Masked(2), Segment::Pinned(vec![5, MASK, 6])];
        Canvas::new(&[1, MASK, 2], &segments, MASK)
    }

    fn commit(position: u32, id: u32) -> Commit {
        Commit {
            position,
            id,
            confidence: 0.5,
        }
    }

    #[test]
    fn given_tokens_are_pinned_and_masks_are_open_wherever_they_stand() {
        let canvas = canvas();
        assert_eq!(canvas.ids(), [1, MASK, 2, MASK, MASK, 5, MASK, 6]);
        assert_eq!(canvas.prompt_len(), 3);
        let pinned: Vec<u32> = (0..canvas.len())
            .filter(|&position| canvas.is_pinned(position))
            .collect();
        assert_eq!(pinned, [0, 2, 5, 7]);
        assert_eq!(
            canvas.masked_in(0..canvas.len()).collect::<Vec<_>>(),
            [1, 3, 4, 6]
        );
        assert_eq!(canvas.masked_in(4..7).collect::<Vec<_>>(), [4, 6]);
        assert_eq!(canvas.masks(), 4);
    }

    #[test]
    fn apply_keeps_history_and_a_remask_forgets_it() {
        let mut canvas = canvas();
        canvas.apply(&[commit(3, 7)], 2);
        let history = History {
            step: 2,
            confidence: 0.5,
        };
        assert_eq!(canvas.id(3), 7);
        assert_eq!(canvas.history(3), Some(history));
        assert_eq!(
            (canvas.history(4), canvas.history(5)),
            (None, None),
            "open and given"
        );
        canvas.apply(&[commit(3, MASK)], 3);
        assert!(canvas.is_masked(3));
        assert_eq!(canvas.history(3), None);
    }

    #[test]
    #[should_panic(expected = "position 5 is pinned")]
    fn apply_refuses_to_touch_a_pin() {
        canvas().apply(&[commit(5, 7)], 0);
    }

    #[test]
    fn a_splice_moves_what_is_behind_it() {
        let mut canvas = canvas().with_limit(9);
        canvas.apply(&[commit(4, 7)], 2);
        let splice = |at, removed, inserted: &[u32]| Splice {
            at,
            removed,
            inserted: inserted.to_vec(),
        };
        canvas.splice(&splice(3, 1, &[MASK, MASK]));
        assert_eq!(canvas.ids(), [1, MASK, 2, MASK, MASK, 7, 5, MASK, 6]);
        assert_eq!(canvas.history(5).map(|history| history.step), Some(2));
        assert!(canvas.is_pinned(6) && !canvas.is_pinned(7));
        assert_eq!(canvas.room(), 0);
        canvas.splice(&splice(7, 1, &[]));
        assert_eq!(canvas.ids(), [1, MASK, 2, MASK, MASK, 7, 5, 6]);
    }

    #[test]
    #[should_panic(expected = "would remove what is given")]
    fn a_splice_refuses_to_remove_a_pin() {
        canvas().splice(&Splice {
            at: 4,
            removed: 2,
            inserted: vec![],
        });
    }

    #[test]
    #[should_panic(expected = "outgrows the limit")]
    fn a_splice_respects_the_limit() {
        canvas().with_limit(8).splice(&Splice {
            at: 3,
            removed: 0,
            inserted: vec![MASK],
        });
    }

    #[test]
    fn an_empty_canvas_is_fine() {
        let canvas = Canvas::new(&[], &[], MASK);
        assert!(canvas.is_empty());
        assert_eq!(canvas.masks(), 0);
    }
}
