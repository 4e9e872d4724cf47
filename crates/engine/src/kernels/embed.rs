//! Token embedding of one row shard.

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;
use crate::weights::Format;

/// Uniform of `shaders/embed.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Hidden size / 4.
    pub quads: u32,
    /// Token id of the shard's first row.
    pub first_id: u32,
    /// Rows of the shard.
    pub shard_rows: u32,
    /// Word where the scale plane starts.
    pub scale_offset: u32,
}

/// `x[r, :] = E[ids[r], :]` for the ids in one shard, or added to what is there.
#[derive(Clone, Debug)]
pub struct Embed {
    /// Uniform.
    pub params: Params,
    /// Format of `weight`.
    pub format: Format,
    /// Whether the rows are added to `x`, which holds other embeddings.
    pub adds: bool,
    /// Rows of the forward.
    pub rows: u32,
    /// `[rows]` u32
    pub ids: BufferId,
    /// `[shard_rows, hidden]` packed
    pub weight: BufferId,
    /// `[rows, hidden]` f32
    pub x: BufferId,
}

impl Kernel for Embed {
    fn name(&self) -> &'static str {
        "embed"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        let place = if self.adds { "add" } else { "set" };
        vec![("weights", self.format.as_str()), ("place", place)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.ids, self.weight, self.x]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
