//! Keys and values that outlive a forward, so that the next one forwards fewer rows.
//!
//! The slot of a position is its index; a layer has one buffer. What the slots hold is tracked in
//! two ways. *Exact* slots hold what a forward of the whole sequence would put there: with
//! block-causal or causal attention that depends on the tokens up to the end of their block alone,
//! which are compared (SDAR and its kind; the merged commit comes of itself, because a block that
//! was completed differs from the one that was forwarded). *Filled* slots hold what some forward of
//! the run put there, which is the approximation of the dual cache (Fast-dLLM v1, arXiv 2505.22618).

use super::ask::Rows;
use super::placement::Seen;
use crate::device::AnyExecutor;
use crate::error::Result;
use crate::model::Attention;
use crate::recording::{BufferId, BufferIds, Executor as _, PreparedId, Recording};

/// Slots come in multiples of this.
pub const PAGE: usize = 64;

/// Which slots hold what.
#[derive(Debug, Default)]
pub struct Kept {
    /// The token of each slot when its keys and values were computed.
    tokens: Vec<u32>,
    /// Slots from the first on that are exact.
    exact: usize,
    /// Who saw whom when they were computed; none while nothing is kept.
    attention: Option<Attention>,
    /// Slots that hold something of the present run, for a sequence of this many tokens.
    filled: Vec<bool>,
    /// What has to be moved before the next forward, in this order.
    moves: Vec<Move>,
}

/// Slots that go elsewhere because their positions moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: u32,
    pub to: u32,
    pub count: u32,
}

impl Kept {
    /// The positions to forward and those that may be attended to, where records of the rows
    /// `wanted` (ascending) are needed.
    pub fn forwarded(
        &self,
        rows: &Rows,
        ids: &[u32],
        attention: Attention,
        wanted: &[u32],
    ) -> Seen {
        let length = ids.len() as u32;
        match rows {
            Rows::Changed if attention != Attention::Full => {
                let (least, most) = span(wanted);
                let first = attention.block_start(self.matching(ids).min(least));
                // Rows behind the last block see nothing and are seen by nobody: it ends there.
                let end = attention.block_end(most).min(length);
                Seen::part(first..end, end)
            }
            Rows::Chosen { rows, sees } => {
                let exact = match attention {
                    Attention::Full => 0,
                    Attention::BlockCausal(_) | Attention::Causal => self.matching(ids),
                };
                self.chosen((rows, sees), wanted, length, exact)
            }
            Rows::All | Rows::Changed => Seen::part(0..length, length),
        }
    }

    /// As [`Rows::Chosen`] says; the slots below `exact` hold what they should.
    fn chosen(
        &self,
        (rows, sees): (&[u32], &[u32]),
        wanted: &[u32],
        length: u32,
        exact: u32,
    ) -> Seen {
        let is_current = self.filled.len() == length as usize;
        let is_filled = |position: u32| is_current && self.filled[position as usize];
        let is_missing = |position: &&u32| **position >= exact && !is_filled(**position);
        let missing = sees.iter().filter(is_missing);
        let mut rows: Vec<u32> = rows.iter().chain(wanted).chain(missing).copied().collect();
        sort(&mut rows);
        let mut sees: Vec<u32> = sees.iter().chain(&rows).copied().collect();
        sort(&mut sees);
        Seen { rows, sees }
    }

    /// Whether the run has kept something of all these rows of a sequence of `length`.
    pub fn has(&self, rows: &[u32], length: usize) -> bool {
        let is_filled = |row: &u32| self.filled[*row as usize];
        self.filled.len() == length && rows.iter().all(is_filled)
    }

    /// Exact slots whose tokens are still the ones of `ids`.
    fn matching(&self, ids: &[u32]) -> u32 {
        let kept = self.tokens[..self.exact].iter();
        kept.zip(ids).take_while(|(kept, now)| kept == now).count() as u32
    }

    /// The rows of `seen` were computed from `ids`; what comes after them is stale.
    pub fn computed(&mut self, rows: &Rows, seen: &Seen, ids: &[u32]) {
        let end = seen.rows.last().map_or(0, |last| *last as usize + 1);
        self.tokens.resize(self.tokens.len().max(end), 0);
        for &row in &seen.rows {
            self.tokens[row as usize] = ids[row as usize];
        }
        let is_all = seen.rows.len() == ids.len();
        self.exact = match rows {
            Rows::Chosen { .. } if !is_all => self.exact.min(seen.rows[0] as usize),
            _ => end,
        };
        if self.filled.len() != ids.len() {
            self.filled = vec![false; ids.len()];
        }
        for &row in &seen.rows {
            self.filled[row as usize] = true;
        }
    }

    /// Nothing is kept that a choice of rows could rely on; exact slots stay.
    pub fn begin_run(&mut self) {
        self.filled.clear();
        self.moves.clear();
    }

    /// At position `at`, `removed` positions went and `inserted` came: what is behind moves. What is
    /// before stays as it is.
    pub fn spliced(&mut self, at: usize, removed: usize, inserted: usize) {
        self.exact = self.exact.min(at);
        let behind = at + removed;
        if self.filled.len() < behind {
            return self.begin_run();
        }
        let count = self.filled.len() - behind;
        self.filled
            .splice(at..behind, std::iter::repeat_n(false, inserted));
        if removed != inserted && count > 0 {
            self.moves.push(Move {
                from: behind as u32,
                to: (at + inserted) as u32,
                count: count as u32,
            });
        }
    }

    /// What has to be moved now.
    pub fn take_moves(&mut self) -> Vec<Move> {
        std::mem::take(&mut self.moves)
    }

    /// The next forward sees as `attention` says: what was computed otherwise is forgotten.
    pub fn read_by(&mut self, attention: Attention) {
        if self.attention.replace(attention) != Some(attention) {
            self.forget();
        }
    }

    /// Nothing is kept of the slots from `start` on.
    pub fn forget_from(&mut self, start: u32) {
        let start = start as usize;
        self.exact = self.exact.min(start);
        for filled in self.filled.iter_mut().skip(start) {
            *filled = false;
        }
    }

    /// Nothing is kept.
    pub fn forget(&mut self) {
        self.exact = 0;
        self.begin_run();
    }
}

/// The first and the last of ascending positions.
fn span(wanted: &[u32]) -> (u32, u32) {
    let least = wanted.first().copied().unwrap_or(u32::MAX);
    (least, wanted.last().copied().unwrap_or(0))
}

fn sort(positions: &mut Vec<u32>) {
    positions.sort_unstable();
    positions.dedup();
}

/// The buffers.
pub struct KvCache {
    layers: Vec<Layer>,
    /// Slots.
    pub capacity: usize,
    /// 32-bit words of a slot in a layer.
    words: usize,
}

/// `[capacity, 2 * key heads, head_dim]` in the network's format.
struct Layer {
    store: BufferId,
    /// A recording without calls: releasing it frees the buffer.
    owner: PreparedId,
}

/// Where buffers are made.
type Device<'a> = (&'a mut AnyExecutor, &'a mut BufferIds);

impl Layer {
    async fn new((executor, ids): Device<'_>, words: usize) -> Result<Self> {
        let mut recording = Recording::default();
        let store = recording.buffer(ids, "keys and values", words);
        let owner = executor.prepare(recording).await?;
        Ok(Self { store, owner })
    }
}

impl KvCache {
    /// Room for `capacity` slots of so many words in each of `layers`.
    pub async fn new(
        (executor, ids): Device<'_>,
        layers: usize,
        (capacity, words): (usize, usize),
    ) -> Result<Self> {
        let mut made = Vec::with_capacity(layers);
        for _ in 0..layers {
            let device = (&mut *executor, &mut *ids);
            made.push(Layer::new(device, capacity * words).await?);
        }
        Ok(Self {
            layers: made,
            capacity,
            words,
        })
    }

    /// Room for at least `capacity` slots, and for half as many again as there were, so that a text
    /// that grows is copied a bounded number of times. What the slots hold is copied on the device, a
    /// layer at a time: there are never two whole caches.
    pub async fn grow(&mut self, (executor, ids): Device<'_>, capacity: usize) -> Result<()> {
        let largest = executor.binding_limit() as usize / (4 * self.words);
        let ample = (self.capacity + self.capacity / 2).next_multiple_of(PAGE);
        let capacity = capacity.max(ample.min(largest));
        let bytes = (4 * self.capacity * self.words) as u64;
        for layer in &mut self.layers {
            let device = (&mut *executor, &mut *ids);
            let grown = Layer::new(device, capacity * self.words).await?;
            executor.copy(layer.store, grown.store, bytes)?;
            let old = std::mem::replace(layer, grown);
            executor.release(old.owner);
        }
        self.capacity = capacity;
        Ok(())
    }

    /// Frees the buffers.
    pub fn release(self, executor: &mut AnyExecutor) {
        for layer in self.layers {
            executor.release(layer.owner);
        }
    }

    /// The buffer of each layer.
    pub fn stores(&self) -> Vec<BufferId> {
        self.layers.iter().map(|layer| layer.store).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;

    const BLOCKS: Attention = Attention::BlockCausal(4);

    fn after(ids: &[u32], rows: &Rows, forwarded: Range<u32>) -> Kept {
        let mut kept = Kept::default();
        kept.computed(rows, &Seen::part(forwarded.clone(), forwarded.end), ids);
        kept
    }

    fn changed(kept: &Kept, ids: &[u32], attention: Attention, wanted: &[u32]) -> Vec<u32> {
        kept.forwarded(&Rows::Changed, ids, attention, wanted).rows
    }

    fn positions(range: Range<u32>) -> Vec<u32> {
        range.collect()
    }

    #[test]
    fn a_completed_block_is_forwarded_with_the_next() {
        let first = [1, 2, 3, 4, 9, 9, 9, 9, 9, 9, 9, 9];
        let kept = Kept::default();
        let rows = |kept: &Kept, ids: &[u32], wanted: &[u32]| changed(kept, ids, BLOCKS, wanted);
        let prompt_too = rows(&kept, &first, &[4, 7]);
        assert_eq!(prompt_too, positions(0..8));
        let kept = after(&first, &Rows::Changed, 0..8);
        assert_eq!(rows(&kept, &first, &[4, 7]), positions(4..8));
        let mut ids = first;
        ids[4..8].fill(5);
        let merged_commit = rows(&kept, &ids, &[8, 11]);
        assert_eq!(merged_commit, positions(4..12));
        let kept = after(&ids, &Rows::Changed, 0..12);
        assert_eq!(rows(&kept, &ids, &[9]), positions(8..12));
        let of_an_earlier_block = rows(&kept, &ids, &[2, 9]);
        assert_eq!(of_an_earlier_block, positions(0..12));
        ids[1] = 7;
        let after_an_edit = rows(&kept, &ids, &[9]);
        assert_eq!(after_an_edit, positions(0..12));
    }

    #[test]
    fn nothing_behind_the_last_block_is_attended_to() {
        let ids = [9; 12];
        let seen = Kept::default().forwarded(&Rows::Changed, &ids, BLOCKS, &[1, 5]);
        assert_eq!((seen.rows.len(), seen.sees.len()), (8, 8));
    }

    #[test]
    fn a_causal_model_forwards_what_is_new() {
        let kept = after(&[1, 2, 3, 0, 0], &Rows::Changed, 0..3);
        let rows = |ids: &[u32]| changed(&kept, ids, Attention::Causal, &[3]);
        assert_eq!(rows(&[1, 2, 3, 4, 0]), [3]);
        assert_eq!(rows(&[1, 8, 3, 4, 0]), [1, 2, 3]);
    }

    #[test]
    fn full_attention_has_nothing_exact_to_keep() {
        let ids = [1, 2, 3, 4];
        let kept = after(&ids, &Rows::Changed, 0..4);
        let rows = changed(&kept, &ids, Attention::Full, &[1, 2]);
        assert_eq!(rows, positions(0..4));
    }

    fn window(rows: Range<u32>, sees: Range<u32>) -> Rows {
        Rows::Chosen {
            rows: rows.collect(),
            sees: sees.collect(),
        }
    }

    fn chosen(kept: &Kept, rows: &Rows, ids: &[u32], wanted: &[u32]) -> Vec<u32> {
        kept.forwarded(rows, ids, Attention::Full, wanted).rows
    }

    #[test]
    fn what_is_seen_was_filled_by_the_run_or_is_forwarded() {
        let ids = [1, 2, 3, 4, 5, 6];
        let rows = window(2..4, 0..6);
        let mut kept = Kept::default();
        assert_eq!(chosen(&kept, &rows, &ids, &[2, 3]), positions(0..6));
        kept.computed(&rows, &Seen::part(0..5, 6), &ids);
        assert_eq!(chosen(&kept, &rows, &ids, &[2, 3]), [2, 3, 5]);
        kept.computed(&rows, &Seen::part(0..6, 6), &ids);
        assert_eq!(chosen(&kept, &rows, &ids, &[2, 3]), [2, 3]);
        let with_records = chosen(&kept, &rows, &ids, &[1, 4]);
        assert_eq!(with_records, [1, 2, 3, 4]);
        let of_another_length = chosen(&kept, &window(2..4, 0..5), &ids[..5], &[2, 3]);
        assert_eq!(of_another_length, positions(0..5));
        assert!(kept.has(&[0, 5], 6) && !kept.has(&[0], 5));
        kept.begin_run();
        assert_eq!(chosen(&kept, &rows, &ids, &[2, 3]), positions(0..6));
        assert!(!kept.has(&[0, 5], 6));
    }

    #[test]
    fn what_is_not_seen_is_not_forwarded() {
        let seen = Kept::default().forwarded(&window(2..4, 1..4), &[0; 9], Attention::Full, &[3]);
        assert_eq!((seen.rows, seen.sees), (vec![1, 2, 3], vec![1, 2, 3]));
    }

    #[test]
    fn a_choice_spoils_what_was_exact_behind_its_start() {
        let ids = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut kept = after(&ids, &Rows::Changed, 0..8);
        kept.computed(&window(4..6, 0..8), &Seen::part(4..6, 8), &ids);
        assert_eq!(changed(&kept, &ids, BLOCKS, &[5]), positions(4..8));
        kept.forget();
        assert_eq!(changed(&kept, &ids, BLOCKS, &[5]), positions(0..8));
    }

    #[test]
    fn what_was_read_otherwise_is_forgotten() {
        let ids = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut kept = Kept::default();
        kept.read_by(BLOCKS);
        kept.computed(&Rows::Changed, &Seen::part(0..8, 8), &ids);
        kept.read_by(BLOCKS);
        assert_eq!(changed(&kept, &ids, BLOCKS, &[5]), positions(4..8));
        kept.read_by(Attention::Causal);
        assert_eq!(
            changed(&kept, &ids, Attention::Causal, &[5]),
            positions(0..6)
        );
    }

    #[test]
    fn what_is_behind_a_splice_moves_and_what_came_is_forwarded() {
        let mut kept = after(&[1, 2, 3, 4, 5, 6], &Rows::Changed, 0..6);
        kept.spliced(2, 1, 3);
        let ids = [1, 2, 7, 7, 7, 4, 5, 6];
        let moves = [Move {
            from: 3,
            to: 5,
            count: 3,
        }];
        assert_eq!(kept.take_moves(), moves);
        assert_eq!(chosen(&kept, &window(1..2, 0..8), &ids, &[1]), [1, 2, 3, 4]);
        assert_eq!(
            changed(&kept, &ids, Attention::Causal, &[7]),
            positions(2..8)
        );
        kept.spliced(6, 2, 0);
        assert!(kept.take_moves().is_empty(), "nothing is behind");
        kept.spliced(0, 2, 2);
        assert!(kept.take_moves().is_empty(), "nothing moves");
        assert_eq!(
            changed(&kept, &ids, Attention::Causal, &[5]),
            positions(0..6)
        );
    }

    #[test]
    fn a_part_may_be_forgotten() {
        let ids = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut kept = after(&ids, &Rows::Changed, 0..8);
        kept.forget_from(4);
        assert_eq!(changed(&kept, &ids, BLOCKS, &[5]), positions(4..8));
        let all = window(0..1, 0..8);
        assert_eq!(chosen(&kept, &all, &ids, &[0]), [0, 4, 5, 6, 7]);
    }
}
