//! How much a block asks for each key outside it (Sparse-dLLM, arXiv 2508.02558).

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Threads of a workgroup (`WORKGROUP` of the shader).
const WORKGROUP: u32 = 64;

/// Uniform of `shaders/key_scores.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Slots outside the block, at least 1.
    pub candidates: u32,
    /// Rows of the block.
    pub rows: u32,
    /// Query heads.
    pub query_heads: u32,
    /// Key and value heads; a divisor of the query heads.
    pub key_heads: u32,
    /// Numbers of a head, at most [`super::attention::MAX_HEAD_DIM`].
    pub head_dim: u32,
}

/// The product of each key outside a block with the block's mean query, averaged over heads.
#[derive(Clone, Debug)]
pub struct KeyScores {
    /// Uniform.
    pub params: Params,
    /// `[.., query heads + 2 * key heads, head_dim]` f32; the rows of the block begin at the gap
    pub qkv: BufferId,
    /// `[slots, 2 * key heads, head_dim]` f32; so do its slots
    pub store: BufferId,
    /// `[1]` u32: the first row of the block
    pub gap: BufferId,
    /// `[candidates]` f32
    pub scores: BufferId,
}

impl Kernel for KeyScores {
    fn name(&self) -> &'static str {
        "key_scores"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        Vec::new()
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.qkv, self.store, self.gap, self.scores]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.params.candidates.div_ceil(WORKGROUP), 1, 1]
    }
}
