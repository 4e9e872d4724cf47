//! What layers do beside a plain forward, by what they compute themselves.

use crate::recording::BufferId;

/// Recorded with the layers, so that nothing of it goes through the host.
#[derive(Clone, Copy, Debug)]
pub enum LayerWork<'a> {
    /// Of the keys outside a block, each layer keeps those that the block asks for most
    /// (Sparse-dLLM). For forwards of all rows, whose slots are in order.
    Evict(Eviction<'a>),
    /// Layers behind the first compute the rows whose values moved most; the others keep what was
    /// added to them (dLLM-Cache).
    Adapt(Adaptation<'a>),
    /// Layers tell how far their attention has drifted and which slot is attended to most
    /// (Elastic-Cache).
    Drift(Drifting<'a>),
}

/// Which keys are chosen, and where they go.
#[derive(Clone, Copy, Debug)]
pub struct Eviction<'a> {
    /// Rows of the block.
    pub rows: u32,
    /// Slots outside the block, at least 1.
    pub candidates: u32,
    /// Those that are kept.
    pub taken: u32,
    /// `[1]` u32: the first row of the block
    pub gap: BufferId,
    /// For each layer `[taken.., 2 * key heads, head_dim]` f32: the keys and values that are kept
    pub kept: &'a [BufferId],
}

/// Which rows are computed, and where what is added to them is kept.
#[derive(Clone, Copy, Debug)]
pub struct Adaptation<'a> {
    /// Rows, from the first on, that every layer computes.
    pub fixed: u32,
    /// Rows that a layer behind the first computes, those among them.
    pub computed: u32,
    /// For each layer, what attention and what the feed-forward network added to the row of each
    /// slot: `[slots, hidden]` f32
    pub added: &'a [[BufferId; 2]],
}

/// Where a forward begins, and what is to be known of its attention.
#[derive(Clone, Copy, Debug)]
pub struct Drifting<'a> {
    /// The first layer: of those behind the embedding, rows begin with the hidden states that were
    /// kept.
    pub from: u32,
    /// Whether the drift of tracked rows is computed, which are among the rows.
    pub tests: bool,
    /// Rows of the window that the recording has room for, at least 1.
    pub window: u32,
    /// For each layer, the hidden states before it, by slot: `[slots, hidden]` f32
    pub hidden: &'a [BufferId],
    /// For each layer, the rotated queries, by slot: `[slots, query heads, head_dim]` f32
    pub queries: &'a [BufferId],
    /// `[2 * layers + window]` u32: for each layer the slot of its tracked row; for each layer that row;
    /// the rows of the window
    pub watched: BufferId,
    /// `[1]` u32: rows of the window
    pub count: BufferId,
    /// `[slots]` u32: 1 for those that can be tracked
    pub candidates: BufferId,
    /// `[2 * layers]`: for each layer its drift f32 ([`crate::kernels::row_drift::RowDrift`]); for each layer the slot that
    /// the window attends to most u32
    pub report: BufferId,
}
