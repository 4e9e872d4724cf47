//! Keys and values that go to other slots because their positions moved.

use super::Kernel;
use super::kv::KvFormat;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/kv_move.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// First slot that moves.
    pub start: u32,
    /// Where it goes.
    pub end: u32,
    /// Slots that move.
    pub count: u32,
    /// Key heads, and as many value heads.
    pub key_heads: u32,
    /// Numbers of a head.
    pub head_dim: u32,
}

/// Moves slots of a store in place. Keys turn by the difference of the positions, which is exact:
/// rotations of the same plane add up.
#[derive(Clone, Debug)]
pub struct KvMove {
    /// Uniform.
    pub params: Params,
    /// `[head_dim / 2, 2]` f32: cosine and sine of the turn of each pair
    pub turns: BufferId,
    /// `[slots, 2 * key heads, head_dim]` in `kv`
    pub store: BufferId,
    /// How keys and values are kept.
    pub kv: KvFormat,
}

impl Kernel for KvMove {
    fn name(&self) -> &'static str {
        "kv_move"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        vec![self.kv.keep_role()]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.turns, self.store]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [2 * self.params.key_heads, 1, 1]
    }
}
