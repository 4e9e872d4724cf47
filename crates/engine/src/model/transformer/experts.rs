//! Mixtures of experts: a router chooses some for each row, whose outputs are added up by their shares.

use super::push_matmul;
use crate::kernels::matmul_expert::{self, MatmulExpert, Side};
use crate::kernels::matmul_tile::Epilogue;
use crate::kernels::route::{self, Route, Scores};
use crate::model::parameter::{Matrix, Weights};
use crate::model::spec::Experts;
use crate::recording::{BufferId, Recording};

/// Buffers of the mixtures, used by every layer in turn.
pub struct Routed {
    /// `[rows, experts]`
    logits: BufferId,
    /// `[rows, chosen]` u32
    chosen: BufferId,
    /// `[rows, chosen]`
    share: BufferId,
    /// `[rows, chosen, expert's ffn]`
    gated: BufferId,
}

impl Routed {
    /// Plans them by `buffer`, which is told a name and the words of a row.
    pub fn new(experts: &Experts, buffer: &mut dyn FnMut(&'static str, usize) -> BufferId) -> Self {
        Self {
            logits: buffer("router logits", experts.count),
            chosen: buffer("chosen", experts.chosen),
            share: buffer("share", experts.chosen),
            gated: buffer("experts gated", experts.chosen * experts.ffn),
        }
    }
}

/// Adds the outputs of the layer's experts for the normed rows `x` to `sum`. A layer without a router
/// adds nothing.
pub fn record_experts(
    (experts, layer): (&Experts, Option<usize>),
    rows: u32,
    weights: &Weights,
    x: BufferId,
    s: &Routed,
    sum: BufferId,
    out: &mut Recording,
) {
    let Some(router) = weights.matrices.get(&("router", layer)) else {
        return;
    };
    push_matmul(out, rows, router, x, s.logits, Epilogue::Store);
    let bias = weights.optional_vector("router_bias", layer);
    out.push(Route {
        params: route::Params {
            experts: experts.count as u32,
            slots: experts.chosen as u32,
            groups: experts.groups as u32,
            open_groups: experts.open_groups as u32,
            normal: u32::from(experts.normal),
            scale: experts.scale,
        },
        scores: bias.map_or(Scores::Softmax, Scores::Sigmoid),
        rows,
        logits: s.logits,
        chosen: s.chosen,
        share: s.share,
    });
    let products = [
        ("experts_up", Side::Up, x, s.gated),
        ("experts_down", Side::Down(s.share), s.gated, sum),
    ];
    for (role, side, x, y) in products {
        let call = Product {
            experts,
            side,
            rows,
            x,
            y,
            chosen: s.chosen,
        };
        call.push(weights.matrix(role, layer), out);
    }
}

/// A product with the experts' weights, all shards of them.
struct Product<'a> {
    experts: &'a Experts,
    side: Side,
    rows: u32,
    x: BufferId,
    y: BufferId,
    chosen: BufferId,
}

impl Product<'_> {
    fn push(&self, weight: &Matrix, out: &mut Recording) {
        let columns = weight.rows / self.experts.count as u32;
        let slots = self.experts.chosen as u32;
        for shard in &weight.shards {
            out.push(MatmulExpert {
                params: matmul_expert::Params {
                    quads: weight.columns / 4,
                    columns,
                    first_expert: shard.first_row / columns,
                    experts: shard.rows / columns,
                    slots,
                    turns: self.side.turns(slots),
                    scale_offset: shard.scale_offset,
                },
                format: weight.format,
                side: self.side,
                rows: self.rows,
                x: self.x,
                weight: shard.buffer,
                y: self.y,
                chosen: self.chosen,
            });
        }
    }
}
