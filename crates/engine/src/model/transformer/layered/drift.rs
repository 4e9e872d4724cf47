//! What every layer attends to, and how far that has drifted (Elastic-Cache, arXiv 2510.14973).
//!
//! A layer has one tracked slot. Before the keys of a layer change, its row of attention is computed
//! as it was; afterwards as it is. Hidden states and queries are kept, so that a later recording can
//! begin at any layer and attention can be computed of rows that were not forwarded.

use super::Body;
use crate::kernels::attention_weights::{self, AttentionWeights};
use crate::kernels::most_attended::{self, MostAttended};
use crate::kernels::row_copy::{self, RowCopy, Way};
use crate::kernels::row_drift::{self, RowDrift};
use crate::model::transformer::{Scratch, Transformer};
use crate::model::{Drifting, Inputs};
use crate::recording::{BufferId, BufferIds, Recording};

/// Buffers that the layers use in turn.
struct Looking<'a> {
    drifting: &'a Drifting<'a>,
    /// `[query heads, keys]`: what the tracked slot attended to, and attends to
    rows: [BufferId; 2],
    /// `[window, query heads, keys]`: what the window attends to
    window: BufferId,
    /// `[1]`: zero
    only: BufferId,
}

/// Whose attention is computed: `count` of the watched rows from `first` on, by queries of `stride`.
struct Watched {
    first: u32,
    count: u32,
    queries: BufferId,
    stride: usize,
}

impl Transformer {
    pub(super) fn record_drifting(
        &self,
        body: &Body,
        drifting: &Drifting,
        ids: &mut BufferIds,
        out: &mut Recording,
    ) -> BufferId {
        let inputs = body.inputs;
        let scratch = self.scratch(inputs, body.weights, ids, out);
        let row = self.spec.query_heads * inputs.keys as usize;
        let mut buffer = |name, words| out.buffer(ids, name, words);
        let looking = Looking {
            drifting,
            rows: ["attention before", "attention now"].map(|name| buffer(name, row)),
            window: buffer("attention of the window", drifting.window as usize * row),
            only: buffer("the only row", 1),
        };
        match drifting.from {
            0 => self.record_embedding(inputs, body.weights, &scratch, out),
            from => out.push(RowCopy {
                params: row_copy::Params::whole(self.spec.hidden),
                way: Way::Gather,
                rows: inputs.rows,
                x: drifting.hidden[from as usize],
                y: scratch.x,
                index: inputs.slots,
            }),
        }
        let mut sum = scratch.x;
        for layer in drifting.from as usize..body.stores.len() {
            self.record_watched(layer, body, &looking, &scratch, out);
            sum = self.record_ffn(layer, inputs.rows, body.weights, &scratch, out);
        }
        sum
    }

    /// Attention, and what is to be known of it.
    fn record_watched(
        &self,
        layer: usize,
        body: &Body,
        looking: &Looking,
        s: &Scratch,
        out: &mut Recording,
    ) {
        let Body {
            inputs, weights, ..
        } = body;
        let store = body.stores[layer];
        let Drifting {
            tests,
            window,
            hidden,
            queries,
            ..
        } = *looking.drifting;
        let layers = body.stores.len() as u32;
        let (width, projected) = (self.spec.attended(), self.spec.projected());
        let tracked = |first, queries, stride| Watched {
            first,
            count: 1,
            queries,
            stride,
        };
        let [before, now] = looking.rows;
        out.push(self.to_slots(
            self.spec.hidden,
            (s.x, self.spec.hidden),
            hidden[layer],
            inputs,
        ));
        if tests {
            let row = tracked(layer as u32, queries[layer], width);
            out.push(self.weights_of(&row, (store, before), inputs, looking));
        }
        self.record_attention((layer, store), inputs, weights, s, out);
        out.push(self.to_slots(width, (s.qkv, projected), queries[layer], inputs));
        if tests {
            let row = tracked(layers + layer as u32, s.qkv, projected);
            out.push(self.weights_of(&row, (store, now), inputs, looking));
            out.push(self.drift(layer, inputs, looking));
        }
        let row = Watched {
            first: 2 * layers,
            count: window,
            queries: s.qkv,
            stride: projected,
        };
        out.push(self.weights_of(&row, (store, looking.window), inputs, looking));
        out.push(MostAttended {
            params: most_attended::Params {
                heads: self.spec.query_heads as u32,
                keys: inputs.keys,
                at: layers + layer as u32,
            },
            weights: looking.window,
            count: looking.drifting.count,
            candidates: looking.drifting.candidates,
            found: looking.drifting.report,
        });
    }

    /// The first `width` numbers of every row of `x` to its slot of `kept`.
    fn to_slots(
        &self,
        width: usize,
        (x, stride): (BufferId, usize),
        kept: BufferId,
        inputs: &Inputs,
    ) -> RowCopy {
        RowCopy {
            params: row_copy::Params {
                x_stride: stride as u32,
                ..row_copy::Params::whole(width)
            },
            way: Way::Scatter,
            rows: inputs.rows,
            x,
            y: kept,
            index: inputs.slots,
        }
    }

    fn weights_of(
        &self,
        watched: &Watched,
        (store, weights): (BufferId, BufferId),
        inputs: &Inputs,
        looking: &Looking,
    ) -> AttentionWeights {
        let spec = &self.spec;
        AttentionWeights {
            params: attention_weights::Params {
                keys: inputs.keys,
                query_heads: spec.query_heads as u32,
                key_heads: spec.key_heads as u32,
                head_dim: spec.head_dim as u32,
                scale: 1.0 / (spec.head_dim as f32).sqrt(),
                stride: watched.stride as u32,
                first: watched.first,
            },
            count: watched.count,
            queries: watched.queries,
            store,
            key_classes: inputs.key_classes,
            rows: looking.drifting.watched,
            weights,
        }
    }

    /// How far the tracked row of a layer has drifted, all heads together.
    fn drift(&self, layer: usize, inputs: &Inputs, looking: &Looking) -> RowDrift {
        let width = self.spec.query_heads as u32 * inputs.keys;
        let [before, now] = looking.rows;
        RowDrift {
            params: row_drift::Params {
                first: 0,
                at: layer as u32,
                width,
                x_first: 0,
                x_stride: width,
                y_first: 0,
                y_stride: width,
            },
            rows: 1,
            x: now,
            y: before,
            index: looking.only,
            drift: looking.drifting.report,
        }
    }
}
