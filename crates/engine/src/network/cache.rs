//! Keys and values that outlive a forward, so that the next one forwards fewer rows.
//!
//! The slot of a position is its index; a layer has one buffer. What the slots hold is tracked in
//! two ways. *Exact* slots hold what a forward of the whole sequence would put there: with
//! block-causal or causal attention that depends on the tokens up to the end of their block alone,
//! which are compared (SDAR and its kind; the merged commit comes of itself, because a block that
//! was completed differs from the one that was forwarded). *Filled* slots hold what some forward of
//! the run put there, which is the approximation of the dual cache (Fast-dLLM v1, arXiv 2505.22618).

use std::ops::Range;

use super::ask::Rows;
use crate::device::AnyExecutor;
use crate::error::Result;
use crate::model::{Attention, ModelSpec};
use crate::recording::{BufferId, BufferIds, Executor as _, PreparedId, Recording};

/// Which slots hold what.
#[derive(Debug, Default)]
pub struct Kept {
    /// The token of each slot when its keys and values were computed.
    tokens: Vec<u32>,
    /// Slots from the first on that are exact.
    exact: usize,
    /// Slots from the first on that hold something of the present run.
    filled: usize,
}

impl Kept {
    /// The positions to forward, where records of the rows from `least` to `most` are wanted.
    pub fn forwarded(
        &self,
        rows: &Rows,
        ids: &[u32],
        attention: Attention,
        (least, most): (u32, u32),
    ) -> Range<u32> {
        let length = ids.len() as u32;
        match rows {
            Rows::Changed if attention != Attention::Full => {
                let first = attention.block_start(self.matching(ids).min(least));
                first..attention.block_end(most).min(length)
            }
            Rows::Window(window) if self.filled == ids.len() => {
                window.start.min(least)..window.end.max(most + 1).min(length)
            }
            Rows::All | Rows::Changed | Rows::Window(_) => 0..length,
        }
    }

    /// Exact slots whose tokens are still the ones of `ids`.
    fn matching(&self, ids: &[u32]) -> u32 {
        let kept = self.tokens[..self.exact].iter();
        kept.zip(ids).take_while(|(kept, now)| kept == now).count() as u32
    }

    /// The rows of `forwarded` were computed from `ids`; what comes after them is stale.
    pub fn computed(&mut self, rows: &Rows, forwarded: Range<u32>, ids: &[u32]) {
        let (start, end) = (forwarded.start as usize, forwarded.end as usize);
        self.tokens.resize(self.tokens.len().max(end), 0);
        self.tokens[start..end].copy_from_slice(&ids[start..end]);
        let is_window = matches!(rows, Rows::Window(_)) && end - start < ids.len();
        self.exact = if is_window {
            self.exact.min(start)
        } else {
            end
        };
        self.filled = if is_window { self.filled } else { end };
    }

    /// Nothing is kept that a window could rely on; exact slots stay.
    pub fn begin_run(&mut self) {
        self.filled = 0;
    }

    /// Nothing is kept.
    pub fn forget(&mut self) {
        (self.exact, self.filled) = (0, 0);
    }
}

/// The buffers.
pub struct KvCache {
    /// `[capacity, 2 * key heads, head_dim]` f32, one a layer
    pub layers: Vec<BufferId>,
    /// Slots.
    pub capacity: usize,
    /// A recording without calls: releasing it frees the buffers.
    pub owner: PreparedId,
}

impl KvCache {
    /// Room for `capacity` slots.
    pub async fn new(
        executor: &mut AnyExecutor,
        ids: &mut BufferIds,
        spec: &ModelSpec,
        capacity: usize,
    ) -> Result<Self> {
        let mut recording = Recording::default();
        let words = capacity * 2 * spec.key_heads * spec.head_dim;
        let layers = (0..spec.layers)
            .map(|_| recording.buffer(ids, "keys and values", words))
            .collect();
        let owner = executor.prepare(recording).await?;
        Ok(Self {
            layers,
            capacity,
            owner,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: Attention = Attention::BlockCausal(4);

    fn after(ids: &[u32], rows: &Rows, forwarded: Range<u32>) -> Kept {
        let mut kept = Kept::default();
        kept.computed(rows, forwarded, ids);
        kept
    }

    #[test]
    fn a_completed_block_is_forwarded_with_the_next() {
        let first = [1, 2, 3, 4, 9, 9, 9, 9, 9, 9, 9, 9];
        let kept = Kept::default();
        let changed =
            |kept: &Kept, ids: &[u32], wanted| kept.forwarded(&Rows::Changed, ids, BLOCKS, wanted);
        assert_eq!(
            changed(&kept, &first, (4, 7)),
            0..8,
            "the prompt's block too"
        );
        let kept = after(&first, &Rows::Changed, 0..8);
        assert_eq!(changed(&kept, &first, (4, 7)), 4..8);
        let mut ids = first;
        ids[4..8].fill(5);
        assert_eq!(changed(&kept, &ids, (8, 11)), 4..12, "merged commit");
        let kept = after(&ids, &Rows::Changed, 0..12);
        assert_eq!(changed(&kept, &ids, (9, 9)), 8..12);
        assert_eq!(
            changed(&kept, &ids, (2, 9)),
            0..12,
            "records of an earlier block"
        );
        ids[1] = 7;
        assert_eq!(changed(&kept, &ids, (9, 9)), 0..12, "an edit of the prompt");
    }

    #[test]
    fn a_causal_model_forwards_what_is_new() {
        let kept = after(&[1, 2, 3, 0, 0], &Rows::Changed, 0..3);
        let ids = [1, 2, 3, 4, 0];
        let range = kept.forwarded(&Rows::Changed, &ids, Attention::Causal, (3, 3));
        assert_eq!(range, 3..4);
        let other = [1, 8, 3, 4, 0];
        let range = kept.forwarded(&Rows::Changed, &other, Attention::Causal, (3, 3));
        assert_eq!(range, 1..4);
    }

    #[test]
    fn full_attention_has_nothing_exact_to_keep() {
        let ids = [1, 2, 3, 4];
        let kept = after(&ids, &Rows::Changed, 0..4);
        assert_eq!(
            kept.forwarded(&Rows::Changed, &ids, Attention::Full, (1, 2)),
            0..4
        );
    }

    #[test]
    fn a_window_needs_every_slot_filled_by_its_own_run() {
        let ids = [1, 2, 3, 4, 5, 6];
        let window = Rows::Window(2..4);
        let range = |kept: &Kept, ids: &[u32], wanted| {
            kept.forwarded(&window, ids, Attention::Full, wanted)
        };
        let mut kept = Kept::default();
        assert_eq!(range(&kept, &ids, (2, 3)), 0..6);
        kept.computed(&window, 0..6, &ids);
        assert_eq!(range(&kept, &ids, (2, 3)), 2..4);
        assert_eq!(
            range(&kept, &ids, (1, 4)),
            1..5,
            "as far as records are wanted"
        );
        assert_eq!(range(&kept, &ids[..5], (2, 3)), 0..5, "another length");
        kept.computed(&window, 2..4, &ids);
        assert_eq!(range(&kept, &ids, (2, 3)), 2..4);
        kept.begin_run();
        assert_eq!(range(&kept, &ids, (2, 3)), 0..6);
    }

    #[test]
    fn a_window_spoils_what_was_exact_behind_its_start() {
        let ids = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut kept = after(&ids, &Rows::Changed, 0..8);
        kept.computed(&Rows::Window(4..6), 4..6, &ids);
        let range = kept.forwarded(&Rows::Changed, &ids, BLOCKS, (5, 5));
        assert_eq!(range, 4..8);
        kept.forget();
        let range = kept.forwarded(&Rows::Changed, &ids, BLOCKS, (5, 5));
        assert_eq!(range, 0..8);
    }
}
