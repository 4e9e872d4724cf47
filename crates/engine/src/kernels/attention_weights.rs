//! What a few rows attend to, written out.

use super::{Kernel, reduce_role};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/attention_weights.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Slots of the store, from the first on.
    pub keys: u32,
    /// Query heads.
    pub query_heads: u32,
    /// Key and value heads; a divisor of the query heads.
    pub key_heads: u32,
    /// Numbers of a head.
    pub head_dim: u32,
    /// Factor of the scores, `1 / sqrt(head_dim)`.
    pub scale: f32,
    /// Numbers from one row of queries to the next.
    pub stride: u32,
    /// The first of `rows`.
    pub first: u32,
}

/// The softmax of each head of some rows, over all slots that are seen.
#[derive(Clone, Debug)]
pub struct AttentionWeights {
    /// Uniform.
    pub params: Params,
    /// How many rows.
    pub count: u32,
    /// `[.., stride]` f32; a row begins with its queries, rotated
    pub queries: BufferId,
    /// `[keys, 2 * key heads, head_dim]` f32
    pub store: BufferId,
    /// `[keys]` u32: the largest number for slots that are not seen
    pub key_classes: BufferId,
    /// `[first + count]` u32: rows of `queries`
    pub rows: BufferId,
    /// `[count, query heads, keys]` f32
    pub weights: BufferId,
}

impl Kernel for AttentionWeights {
    fn name(&self) -> &'static str {
        "attention_weights"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        vec![reduce_role(tier)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![
            self.queries,
            self.store,
            self.key_classes,
            self.rows,
            self.weights,
        ]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.params.query_heads, self.count, 1]
    }
}
