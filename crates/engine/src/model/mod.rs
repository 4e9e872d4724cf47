//! Architectures: what a checkpoint needs loaded, and how a forward is recorded.
//!
//! An architecture is one file here and one line in the registry; it knows neither GPU nor the
//! denoising loop. Its facts come from the checkpoint and live in [`ModelSpec`].

mod bert;
mod config;
mod dit;
mod folder;
mod gpt2;
mod layers;
mod llama;
mod modern_bert;
mod names;
mod parameter;
mod positions;
mod refused;
mod registry;
mod spec;
mod transformer;

pub use config::Config;
pub use layers::{Adaptation, Drifting, Eviction, LayerWork};
pub use parameter::{
    Compute, Computed, Matrix, Parameter, ParameterName, Shape, Shard, Source, Weights,
};
pub use positions::{Positions, Rotary, Scaling};
pub use refused::refused_families;
pub use registry::{detect, supported_families, supported_types};
pub use spec::{Attention, Experts, Local, LogitShift, ModelSpec, StatSpace};
pub use transformer::push_matmul;

use crate::kernels::kv::KvFormat;
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
    /// `[1]` u32: how much of the sequence is masked, in steps, where the network is told.
    pub noise_level: Option<BufferId>,
    /// How the store keeps keys and values.
    pub kv: KvFormat,
    /// What layers that see only what is near read beside.
    pub local: Option<LocalInputs>,
    /// What all layers read beside where the sequence has branches.
    pub branches: Option<BranchInputs>,
}

/// Which rows belong to which continuation of the sequence, as
/// [`crate::kernels::attention::Sight::Branches`] says.
#[derive(Clone, Copy, Debug)]
pub struct BranchInputs {
    /// `[rows, 2]` u32: the position and the branch of each row
    pub rows: BufferId,
    /// `[keys, 2]` u32: the position of each slot, and the branches that it is open to
    pub keys: BufferId,
}

/// What layers that see only what is near read.
#[derive(Clone, Copy, Debug)]
pub struct LocalInputs {
    /// `[positions, head_dim / 2, 2]` f32: as `rotations`, of their own base
    pub rotations: BufferId,
    /// `[keys]` u32: the position of each slot
    pub key_positions: BufferId,
}

/// Rows that the head reads.
#[derive(Clone, Copy, Debug)]
pub struct HeadRows {
    /// Their number.
    pub count: usize,
    /// Which rows of the forward they are; every row in order where absent. `[count]` of
    /// [`crate::kernels::head_stats::RecordRow`]
    pub gather: Option<BufferId>,
    /// As [`Inputs::noise_level`].
    pub noise_level: Option<BufferId>,
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

    /// As `record` of the inputs and stores, where layers do more than that.
    fn record_layered(
        &self,
        places: (&Inputs, &[BufferId]),
        work: LayerWork,
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> BufferId;

    /// Appends what lies between the last hidden states `x` and the matrix of the head: the last
    /// normalisation, and what else the family does. Returns the head's input `[rows, hidden]` f32.
    fn record_head_input(
        &self,
        x: BufferId,
        rows: HeadRows,
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> BufferId;
}
