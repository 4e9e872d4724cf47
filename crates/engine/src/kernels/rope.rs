//! QK-norm and rotary position embedding of queries and keys (Su et al. 2021, arXiv 2104.09864).

use super::kv::KvFormat;
use super::{Kernel, reduce_role};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/rope.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Query heads; the key heads and the value heads follow them in a row.
    pub query_heads: u32,
    /// Key heads, and as many value heads.
    pub key_heads: u32,
    /// Numbers of a head.
    pub head_dim: u32,
    /// Numbers from one row of qkv to the next.
    pub stride: u32,
    /// Added to the mean square of QK-norm.
    pub eps: f32,
}

/// Normalises (where `gains` is given) and rotates queries in place, keys on their way to the store;
/// values go there as they are.
#[derive(Clone, Debug)]
pub struct Rope {
    /// Uniform.
    pub params: Params,
    /// Rows of the forward.
    pub rows: u32,
    /// `[rows, stride]` f32
    pub qkv: BufferId,
    /// `[rows]` u32
    pub positions: BufferId,
    /// `[positions, head_dim / 2, 2]` f32: cosine and sine
    pub rotations: BufferId,
    /// `[rows]` u32: where the keys and values of each row are kept
    pub slots: BufferId,
    /// `[slots, 2 * key heads, head_dim]` in `kv`
    pub store: BufferId,
    /// `[2, head_dim]` f32: query gain, key gain
    pub gains: Option<BufferId>,
    /// How keys and values are kept.
    pub kv: KvFormat,
}

impl Kernel for Rope {
    fn name(&self) -> &'static str {
        "rope"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        let norm = if self.gains.is_some() { "rms" } else { "none" };
        vec![reduce_role(tier), ("head_norm", norm), self.kv.keep_role()]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![
            self.qkv,
            self.store,
            self.positions,
            self.rotations,
            self.slots,
        ];
        bindings.extend(self.gains);
        bindings
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [
            self.params.query_heads + 2 * self.params.key_heads,
            self.rows,
            1,
        ]
    }
}
