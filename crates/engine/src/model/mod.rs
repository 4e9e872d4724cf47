//! Architectures: what a checkpoint needs loaded, and how a forward is recorded.
//!
//! An architecture is one file here and one line in the registry; it knows neither GPU nor the
//! denoising loop. Its facts come from the checkpoint and live in [`ModelSpec`].

mod config;
mod llama;
mod parameter;
mod registry;
mod spec;

pub use config::Config;
pub use llama::push_matmul;
pub use parameter::{Matrix, Parameter, ParameterName, Shape, Shard, Weights};
pub use registry::{detect, supported_families};
pub use spec::{Attention, LogitShift, ModelSpec, StatSpace};

use crate::recording::{BufferId, BufferIds, Recording};

/// Buffers that a forward reads; written before each replay.
#[derive(Clone, Copy, Debug)]
pub struct Inputs {
    /// Rows of the forward.
    pub rows: u32,
    /// Slots of the store that they may attend to, from the first on.
    pub keys: u32,
    /// `[rows]` u32: tokens
    pub ids: BufferId,
    /// `[rows]` u32: indices into `rotations`
    pub positions: BufferId,
    /// `[rows]` u32: the slot where each row's keys and values are kept
    pub slots: BufferId,
    /// `[rows]` u32: attention classes of the rows
    pub classes: BufferId,
    /// `[keys]` u32: attention classes of the slots
    pub key_classes: BufferId,
    /// `[rows]` u32: a slot that each row does not attend to, `NO_TOKEN` for none
    pub blind: BufferId,
    /// `[positions, head_dim / 2, 2]` f32: cosine and sine of each rotary angle
    pub rotations: BufferId,
}

/// A supported architecture of one checkpoint.
pub trait Architecture {
    /// The checkpoint's facts.
    fn spec(&self) -> &ModelSpec;

    /// What to load.
    fn parameters(&self) -> Vec<Parameter>;

    /// Appends a forward up to, not including, the last normalisation; returns the hidden states
    /// `[rows, hidden]` f32. `stores` has a buffer for the keys and values of each layer,
    /// `[slots, 2 * key heads, head_dim]` f32; layers may share one.
    fn record(
        &self,
        inputs: &Inputs,
        stores: &[BufferId],
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> BufferId;
}
