//! A network that is told the noise level: vectors that it modulates are computed in each forward.

use super::push_matmul;
use crate::kernels::embed::{self, Embed};
use crate::kernels::matmul_tile::Epilogue;
use crate::model::parameter::{ParameterName, Weights};
use crate::recording::{BufferId, BufferIds, Recording};

/// Buffers of the modulations.
#[derive(Clone, Copy)]
pub struct Noise {
    /// `[condition]`: what the level says
    condition: BufferId,
    /// `[2, hidden]`: the vector in turn
    vector: BufferId,
}

/// Looks up what the level `[1]` u32 says; nothing where the network is not told.
pub fn record(
    level: Option<BufferId>,
    weights: &Weights,
    ids: &mut BufferIds,
    out: &mut Recording,
) -> Option<Noise> {
    let level = level?;
    let table = weights.matrix("conditions", None);
    let vectors = weights.matrix("final_norm", None);
    let noise = Noise {
        condition: out.buffer(ids, "condition", table.columns as usize),
        vector: out.buffer(ids, "modulated", vectors.rows as usize),
    };
    out.push(Embed {
        params: embed::Params {
            quads: table.columns / 4,
            first_id: 0,
            shard_rows: table.rows,
            scale_offset: 0,
        },
        format: table.format,
        adds: false,
        rows: 1,
        ids: level,
        weight: table.shards[0].buffer,
        x: noise.condition,
    });
    Some(noise)
}

/// The vector `name`, if there is one: as it was loaded, or of its table and the condition.
pub fn vector(
    noise: Option<Noise>,
    weights: &Weights,
    name: ParameterName,
    out: &mut Recording,
) -> Option<BufferId> {
    let stored = weights.optional_vector(name.0, name.1);
    let (Some(noise), Some(table), Some(bias)) = (noise, weights.matrices.get(&name), stored)
    else {
        return stored;
    };
    let epilogue = Epilogue::Bias(bias);
    push_matmul(out, 1, table, noise.condition, noise.vector, epilogue);
    Some(noise.vector)
}
