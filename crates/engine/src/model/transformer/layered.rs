//! Forwards whose layers do more than the plain one.

mod adapt;
mod drift;
mod evict;

use super::Transformer;
use crate::model::{Inputs, LayerWork, Weights};
use crate::recording::{BufferId, BufferIds, Recording};

/// What the recorder of every kind needs.
struct Body<'a> {
    inputs: &'a Inputs,
    stores: &'a [BufferId],
    weights: &'a Weights,
}

impl Transformer {
    /// As [`crate::model::Architecture::record_layered`].
    pub(super) fn record_by_layers(
        &self,
        (inputs, stores): (&Inputs, &[BufferId]),
        work: LayerWork,
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> BufferId {
        let body = Body {
            inputs,
            stores,
            weights,
        };
        match work {
            LayerWork::Evict(eviction) => self.record_eviction(&body, &eviction, ids, recording),
            LayerWork::Adapt(adaptation) => {
                self.record_adaptation(&body, &adaptation, ids, recording)
            }
            LayerWork::Drift(drifting) => self.record_drifting(&body, &drifting, ids, recording),
        }
    }
}
