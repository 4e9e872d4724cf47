//! Each layer keeps the keys that a block asks for most (Sparse-dLLM, arXiv 2508.02558).

use super::Body;
use crate::kernels::key_scores::{self, KeyScores};
use crate::kernels::row_copy::{self, RowCopy, Way};
use crate::kernels::row_pick::{self, RowPick};
use crate::model::Eviction;
use crate::model::transformer::Transformer;
use crate::recording::{BufferId, BufferIds, Recording};

/// A score is the largest of its neighbours up to so far away: a window of 3, as published.
const REACH: u32 = 1;

/// Buffers that the layers use in turn.
struct Choice {
    /// `[rows, query heads + 2 * key heads, head_dim]`: queries of the layer
    qkv: BufferId,
    /// `[candidates]`
    scores: BufferId,
    /// `[taken]`
    picked: BufferId,
}

impl Transformer {
    pub(super) fn record_eviction(
        &self,
        body: &Body,
        eviction: &Eviction,
        ids: &mut BufferIds,
        out: &mut Recording,
    ) -> BufferId {
        let Body {
            inputs, weights, ..
        } = body;
        let scratch = self.scratch(inputs, weights, ids, out);
        let choice = Choice {
            qkv: scratch.qkv,
            scores: out.buffer(ids, "key scores", eviction.candidates as usize),
            picked: out.buffer(ids, "kept keys", eviction.taken as usize),
        };
        self.record_embedding(inputs, weights, &scratch, out);
        let mut sum = scratch.x;
        for (layer, store) in body.stores.iter().enumerate() {
            self.record_attention((layer, *store), inputs, weights, &scratch, out);
            self.push_choice(eviction, &choice, (*store, eviction.kept[layer]), out);
            sum = self.record_ffn(layer, inputs.rows, weights, &scratch, out);
        }
        sum
    }

    /// Scores the keys of a layer's `store`, and copies the chosen ones with their values to `kept`.
    fn push_choice(
        &self,
        eviction: &Eviction,
        choice: &Choice,
        (store, kept): (BufferId, BufferId),
        out: &mut Recording,
    ) {
        let spec = &self.spec;
        out.push(KeyScores {
            params: key_scores::Params {
                candidates: eviction.candidates,
                rows: eviction.rows,
                query_heads: spec.query_heads as u32,
                key_heads: spec.key_heads as u32,
                head_dim: spec.head_dim as u32,
            },
            qkv: choice.qkv,
            store,
            gap: eviction.gap,
            scores: choice.scores,
        });
        out.push(RowPick {
            params: row_pick::Params {
                candidates: eviction.candidates,
                taken: eviction.taken,
                reach: REACH,
                first: 0,
                skipped: eviction.rows,
            },
            scores: choice.scores,
            gap: eviction.gap,
            picked: choice.picked,
        });
        out.push(RowCopy {
            params: row_copy::Params::whole(2 * spec.key_heads * spec.head_dim),
            way: Way::Gather,
            rows: eviction.taken,
            x: store,
            y: kept,
            index: choice.picked,
        });
    }
}
