//! Keys that each layer keeps for a block (Sparse-dLLM, arXiv 2508.02558).
//!
//! The chosen keys and values are copied together, so that the steps of the block visit no others:
//! slots 0 to `taken`, and behind them those of the block's own rows.

use std::ops::Range;

use super::{Layering, Network, Placed};
use crate::device::AnyExecutor;
use crate::error::{Error, Result};
use crate::model::{Eviction, ModelSpec};
use crate::network::ROW_GROUP;
use crate::network::placement::{Placement, SLOTS};
use crate::recording::{BufferId, BufferIds, Executor as _, PreparedId, Recording};

/// For what the keys were chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holds {
    /// Of the sequence.
    length: usize,
    block: Range<u32>,
    taken: usize,
}

/// The buffers.
pub struct Evicted {
    /// `[capacity, 2 * key heads, head_dim]` f32, one a layer
    pub layers: Vec<BufferId>,
    /// `[1]` u32: the first row of the block
    pub gap: BufferId,
    /// Slots.
    pub capacity: usize,
    pub holds: Option<Holds>,
    /// A recording without calls: releasing it frees the buffers.
    owner: PreparedId,
}

impl Evicted {
    async fn new(
        executor: &mut AnyExecutor,
        ids: &mut BufferIds,
        spec: &ModelSpec,
        capacity: usize,
    ) -> Result<Self> {
        let mut recording = Recording::default();
        let words = capacity * 2 * spec.key_heads * spec.head_dim;
        let layers = (0..spec.layers)
            .map(|_| recording.buffer(ids, "kept keys and values", words))
            .collect();
        let gap = recording.buffer(ids, "first row of the block", 1);
        let owner = executor.prepare(recording).await?;
        Ok(Self {
            layers,
            gap,
            capacity,
            holds: None,
            owner,
        })
    }

    /// A choice for a block of `rows`: `taken` of the `candidates` outside it.
    pub fn work(&self, [rows, candidates, taken]: [usize; 3]) -> Eviction<'_> {
        Eviction {
            rows: rows as u32,
            candidates: candidates as u32,
            taken: taken as u32,
            gap: self.gap,
            kept: &self.layers,
        }
    }
}

impl Network {
    /// A forward of all rows, with room for what its layers choose.
    pub(super) async fn place_eviction(
        &mut self,
        placed: Placed,
        block: &Range<u32>,
        keep: f32,
        length: usize,
    ) -> Result<Placed> {
        if placed.placement.rows() != length {
            return Err(Error::bad_input(
                "layers choose among the keys of the whole sequence, so all of its rows must be forwarded",
            ));
        }
        let rows = block.len();
        let taken = ((length - rows) as f32 * keep) as usize;
        self.layers.forget();
        self.make_evicted((taken + rows.next_multiple_of(ROW_GROUP)).next_multiple_of(SLOTS))
            .await?;
        if taken == 0 {
            // There is nothing to choose.
            self.hold_evicted(block, 0, length);
            return Ok(placed);
        }
        if let Some(evicted) = &self.layers.evicted {
            let gap = evicted.gap;
            self.executor
                .write(gap, 0, bytemuck::bytes_of(&block.start))?;
        }
        Ok(Placed {
            layering: Layering::Evict { rows, taken },
            ..placed
        })
    }

    /// The rows of `placed` on the keys that were kept for their block, if they were.
    pub(super) fn place_kept(&self, placed: Placed, block: &Range<u32>, length: usize) -> Placed {
        let evicted = self.layers.evicted.as_ref();
        let holds = evicted.and_then(|evicted| evicted.holds.as_ref());
        let is_for = |holds: &&Holds| holds.length == length && holds.block == *block;
        let rows = &placed.placement.seen().rows;
        match holds.filter(is_for) {
            Some(holds) if rows.iter().copied().eq(block.clone()) => Placed {
                placement: Placement::behind(holds.taken, rows.clone(), ROW_GROUP),
                layering: Layering::Kept,
                ..placed
            },
            _ => placed,
        }
    }

    /// The layers have chosen.
    pub(super) fn hold_evicted(&mut self, block: &Range<u32>, taken: usize, length: usize) {
        if let Some(evicted) = &mut self.layers.evicted {
            evicted.holds = Some(Holds {
                length,
                block: block.clone(),
                taken,
            });
        }
    }

    /// Sees to it that there are `capacity` slots. Buffers that grow take the recordings that name
    /// them along.
    async fn make_evicted(&mut self, capacity: usize) -> Result<()> {
        let current = self.layers.evicted.as_ref();
        if current.is_some_and(|evicted| evicted.capacity >= capacity) {
            return Ok(());
        }
        self.release_layered();
        if let Some(old) = self.layers.evicted.take() {
            self.executor.release(old.owner);
        }
        let spec = self.architecture.spec();
        let made = Evicted::new(&mut self.executor, &mut self.buffer_ids, spec, capacity);
        self.layers.evicted = Some(made.await?);
        Ok(())
    }
}
