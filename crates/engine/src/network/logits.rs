//! Buffers of logits that outlive a recording: the step before is compared with, so the two
//! conditional ones take turns.

use crate::device::AnyExecutor;
use crate::error::{Error, ErrorCode, Result};
use crate::recording::{BufferId, BufferIds, Executor as _, PreparedId, Recording};

/// The slot of the unconditional logits; 0 and 1 take turns.
pub const UNCONDITIONAL: usize = 2;

struct Slot {
    buffer: BufferId,
    rows: usize,
    /// A recording without calls: releasing it frees the buffer.
    owner: PreparedId,
}

/// Logits of the last ask that wanted a divergence.
#[derive(Clone, Copy)]
pub struct Kept {
    slot: usize,
    rows: usize,
}

/// Logits on the device.
#[derive(Default)]
pub struct LogitStore {
    slots: [Option<Slot>; 3],
    kept: Option<Kept>,
}

impl LogitStore {
    /// The slot to write: never the one that is kept.
    pub fn free_slot(&self) -> usize {
        self.kept.map_or(0, |kept| 1 - kept.slot)
    }

    /// Rows that can be compared with.
    pub fn kept_rows(&self) -> usize {
        self.kept.map_or(0, |kept| kept.rows)
    }

    /// Keeps the logits in `slot` for the next comparison.
    pub fn keep(&mut self, slot: usize, rows: usize) {
        self.kept = Some(Kept { slot, rows });
    }

    /// What is kept now, to go back to with [`Self::restore`].
    pub fn mark(&self) -> Option<Kept> {
        self.kept
    }

    /// Keeps again what was kept at the `mark`; only one comparison may be between.
    pub fn restore(&mut self, mark: Option<Kept>) {
        self.kept = mark;
    }

    /// Whether `slot` holds `rows`.
    pub fn has_room(&self, slot: usize, rows: usize) -> bool {
        self.slots[slot].as_ref().is_some_and(|s| s.rows >= rows)
    }

    /// The buffer of a slot that has room.
    pub fn buffer(&self, slot: usize) -> BufferId {
        self.slots[slot].as_ref().expect("room was made").buffer
    }

    /// Makes room for `rows` of `vocabulary` numbers in `slot`, whose contents are lost. Recordings
    /// that name its buffer must be gone.
    pub async fn grow(
        &mut self,
        executor: &mut AnyExecutor,
        ids: &mut BufferIds,
        slot: usize,
        [rows, vocabulary]: [usize; 2],
    ) -> Result<()> {
        let bytes = rows as u64 * vocabulary as u64 * 4;
        let limit = executor.binding_limit();
        if bytes > limit {
            return Err(Error::new(
                ErrorCode::OutOfMemory,
                format!(
                    "logits of {rows} rows take {bytes} bytes and the device binds {limit} at \
                     most; ask for fewer rows at a time or without changes of the logits"
                ),
            ));
        }
        if let Some(old) = self.slots[slot].take() {
            executor.release(old.owner);
        }
        let mut recording = Recording::default();
        let buffer = recording.buffer(ids, "stored logits", rows * vocabulary);
        let owner = executor.prepare(recording).await?;
        self.slots[slot] = Some(Slot {
            buffer,
            rows,
            owner,
        });
        Ok(())
    }
}
