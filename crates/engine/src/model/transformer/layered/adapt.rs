//! Rows whose values moved least keep what attention and the feed-forward network last added to them
//! (dLLM-Cache, arXiv 2506.06295).
//!
//! A half of a layer is computed for a part of the rows, gathered; what it adds to them is kept, and
//! every row gets what is kept for it. The first layer computes all rows.

use super::Body;
use crate::kernels::row_copy::{self, RowCopy, Way};
use crate::kernels::row_drift::{self, RowDrift};
use crate::kernels::row_pick::{self, RowPick};
use crate::model::transformer::{Scratch, Transformer};
use crate::model::{Adaptation, Inputs};
use crate::recording::{BufferId, BufferIds, Recording};

/// Buffers beside those of a plain forward.
struct Adapting<'a> {
    adaptation: &'a Adaptation<'a>,
    /// Of all rows.
    all: Scratch,
    /// Of the rows that are computed.
    part: Scratch,
    /// `[rows]`: 0, 1, 2, ...
    every: BufferId,
    /// `[computed]`: which rows are computed
    picked: BufferId,
    /// `[computed]`: their positions
    positions: BufferId,
    /// `[computed]`: their slots
    slots: BufferId,
    /// `[candidates]`
    drift: BufferId,
    /// `[1]`: zero
    gap: BufferId,
}

/// The rows of a layer that are computed.
#[derive(Clone, Copy)]
struct Part {
    inputs: Inputs,
    /// Which of all rows they are.
    index: BufferId,
}

impl Transformer {
    pub(super) fn record_adaptation(
        &self,
        body: &Body,
        adaptation: &Adaptation,
        ids: &mut BufferIds,
        out: &mut Recording,
    ) -> BufferId {
        let rows = body.inputs.rows as usize;
        let computed = (adaptation.computed as usize).max(1);
        let mut buffer = |name, words| out.buffer(ids, name, words);
        let [every, zeros, drift] =
            ["all rows", "zeros", "drift"].map(|name| buffer(name, rows.max(1)));
        let a = Adapting {
            adaptation,
            every,
            picked: buffer("computed rows", computed),
            positions: buffer("computed positions", computed),
            slots: buffer("computed slots", computed),
            drift,
            gap: buffer("no gap", 1),
            all: self.scratch(body.inputs, body.weights, ids, out),
            part: self.scratch(body.inputs, body.weights, ids, out),
        };
        // The places of equal scores are the numbers from 0 on.
        for (count, picked) in [(rows as u32, every), (adaptation.fixed, a.picked)] {
            if count > 0 {
                out.push(pick((count, count, 0), zeros, a.gap, picked));
            }
        }
        self.record_embedding(body.inputs, body.weights, &a.all, out);
        for layer in 0..body.stores.len() {
            self.record_adapting(layer, body, &a, out);
        }
        a.all.x
    }

    /// Both halves of a layer.
    fn record_adapting(&self, layer: usize, body: &Body, a: &Adapting, out: &mut Recording) {
        let at = (layer, body.stores[layer]);
        let is_whole = layer == 0 || a.adaptation.computed == body.inputs.rows;
        let part = match is_whole {
            true => Part {
                inputs: *body.inputs,
                index: a.every,
            },
            false => self.push_choice_of_rows(at, body, a, out),
        };
        let [attended, fed] = a.adaptation.added[layer];
        let is_idle = part.inputs.rows == 0;
        if !is_idle {
            self.push_part(a, &part, out);
            match is_whole {
                true => self.record_attention(at, &part.inputs, body.weights, &a.part, out),
                false => self.record_attended(at, &part.inputs, body.weights, &a.part, out),
            }
            self.push_added(a, &part, a.part.x, attended, out);
        }
        self.push_addition(body, a, attended, out);
        if !is_idle {
            self.push_part(a, &part, out);
            let sum = self.record_ffn(layer, part.inputs.rows, body.weights, &a.part, out);
            let is_last = layer + 1 == body.stores.len();
            let x = if is_last { sum } else { a.part.x };
            self.push_added(a, &part, x, fed, out);
        }
        self.push_addition(body, a, fed, out);
    }

    /// Projects all rows, keeps their values, and chooses those whose values moved most: their
    /// queries and keys are gathered.
    fn push_choice_of_rows(
        &self,
        at: (usize, BufferId),
        body: &Body,
        a: &Adapting,
        out: &mut Recording,
    ) -> Part {
        let Adaptation {
            fixed, computed, ..
        } = *a.adaptation;
        let inputs = body.inputs;
        let part = Part {
            inputs: Inputs {
                rows: computed,
                positions: a.positions,
                slots: a.slots,
                ..*inputs
            },
            index: a.picked,
        };
        if computed == 0 {
            return part;
        }
        self.record_projection(at.0, inputs.rows, body.weights, &a.all, out);
        if computed > fixed {
            out.push(self.value_drift(at.1, inputs, a));
            let candidates = inputs.rows - fixed;
            let shape = (candidates, computed - fixed, fixed);
            out.push(pick(shape, a.drift, a.gap, a.picked));
        }
        out.push(self.values_to_store(at.1, inputs, a));
        let projected = self.spec.projected();
        for (width, x, y) in [
            (1, inputs.positions, a.positions),
            (1, inputs.slots, a.slots),
            (projected, a.all.qkv, a.part.qkv),
        ] {
            out.push(gather(width, (computed, a.picked), x, y));
        }
        part
    }

    /// How far the values of the candidates are from those of the store.
    fn value_drift(&self, store: BufferId, inputs: &Inputs, a: &Adapting) -> RowDrift {
        let values = self.values();
        let fixed = a.adaptation.fixed;
        RowDrift {
            params: row_drift::Params {
                first: fixed,
                at: 0,
                width: values.width,
                x_first: values.x_first,
                x_stride: values.x_stride,
                y_first: values.y_first,
                y_stride: values.y_stride,
            },
            rows: inputs.rows - fixed,
            x: a.all.qkv,
            y: store,
            index: inputs.slots,
            drift: a.drift,
        }
    }

    fn values_to_store(&self, store: BufferId, inputs: &Inputs, a: &Adapting) -> RowCopy {
        RowCopy {
            params: self.values(),
            way: Way::Scatter,
            rows: inputs.rows,
            x: a.all.qkv,
            y: store,
            index: inputs.slots,
        }
    }

    /// Where the values are in a projected row and in a slot.
    fn values(&self) -> row_copy::Params {
        let spec = &self.spec;
        let numbers = |heads: usize| (heads * spec.head_dim) as u32;
        row_copy::Params {
            width: numbers(spec.key_heads),
            x_first: numbers(spec.query_heads + spec.key_heads),
            x_stride: numbers(spec.query_heads + 2 * spec.key_heads),
            y_first: numbers(spec.key_heads),
            y_stride: numbers(2 * spec.key_heads),
        }
    }

    /// Gathers the rows that are computed.
    fn push_part(&self, a: &Adapting, part: &Part, out: &mut Recording) {
        let rows = (part.inputs.rows, part.index);
        out.push(gather(self.spec.hidden, rows, a.all.x, a.part.x));
    }

    /// Keeps what the rows that were computed became more than they were.
    fn push_added(
        &self,
        a: &Adapting,
        part: &Part,
        x: BufferId,
        added: BufferId,
        out: &mut Recording,
    ) {
        out.push(RowCopy {
            params: row_copy::Params::whole(self.spec.hidden),
            way: Way::Change {
                before: a.all.x,
                rows: part.index,
            },
            rows: part.inputs.rows,
            x,
            y: added,
            index: part.inputs.slots,
        });
    }

    /// Adds to every row what is kept for it.
    fn push_addition(&self, body: &Body, a: &Adapting, added: BufferId, out: &mut Recording) {
        out.push(RowCopy {
            params: row_copy::Params::whole(self.spec.hidden),
            way: Way::Add,
            rows: body.inputs.rows,
            x: added,
            y: a.all.x,
            index: body.inputs.slots,
        });
    }
}

/// `taken` of `candidates`, whose places begin at `first`.
fn pick(
    (candidates, taken, first): (u32, u32, u32),
    scores: BufferId,
    gap: BufferId,
    picked: BufferId,
) -> RowPick {
    RowPick {
        params: row_pick::Params {
            candidates,
            taken,
            reach: 0,
            first,
            skipped: first,
        },
        scores,
        gap,
        picked,
    }
}

/// Rows of `width` words that `index` names.
fn gather(width: usize, (rows, index): (u32, BufferId), x: BufferId, y: BufferId) -> RowCopy {
    RowCopy {
        params: row_copy::Params::whole(width),
        way: Way::Gather,
        rows,
        x,
        y,
        index,
    }
}
