//! A recording: the list of kernel calls that one forward makes, as plain data.
//!
//! A model appends operations; an executor replays them. Nothing here knows a GPU.

mod executor;

pub use executor::{DeviceKind, DeviceReport, Executor, PreparedId, Tier};

use crate::kernels::Operation;

/// A buffer that an executor owns, named by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub u32);

/// Hands out buffer ids; one per loaded model.
#[derive(Debug, Default)]
pub struct BufferIds {
    next: u32,
}

impl BufferIds {
    /// Ids from `first` on, for buffers that live beside a model's.
    #[must_use]
    pub fn starting_at(first: u32) -> Self {
        Self { next: first }
    }

    /// A fresh id.
    pub fn fresh(&mut self) -> BufferId {
        self.next += 1;
        BufferId(self.next - 1)
    }
}

/// A buffer of a recording: its name for labels, and its size.
#[derive(Clone, Debug)]
pub struct BufferPlan {
    /// The buffer.
    pub id: BufferId,
    /// Name in labels and errors.
    pub name: &'static str,
    /// Size in bytes, a multiple of 4.
    pub bytes: u64,
}

/// Kernel calls in order, with the buffers that live as long as the recording.
#[derive(Debug, Default)]
pub struct Recording {
    /// The calls, each finished before the next begins.
    pub operations: Vec<Operation>,
    /// Buffers to allocate before the first replay.
    pub buffers: Vec<BufferPlan>,
}

impl Recording {
    /// Plans a buffer of `words` 32-bit words that lives as long as the recording.
    pub fn buffer(&mut self, ids: &mut BufferIds, name: &'static str, words: usize) -> BufferId {
        let id = ids.fresh();
        self.buffers.push(BufferPlan {
            id,
            name,
            bytes: words as u64 * 4,
        });
        id
    }

    /// Appends a call.
    pub fn push(&mut self, operation: impl Into<Operation>) {
        self.operations.push(operation.into());
    }
}
