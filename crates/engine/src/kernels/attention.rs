//! Grouped-query attention with an online softmax (Milakov & Gimelshein 2018, arXiv 1805.02867).

use super::{Kernel, reduce_role};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Largest head dimension the shader's lanes can accumulate.
pub const MAX_HEAD_DIM: u32 = 256;

/// Uniform of `shaders/attention.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Rows that attend.
    pub rows: u32,
    /// Slots of the store that may be attended to, from the first on.
    pub keys: u32,
    /// Query heads.
    pub query_heads: u32,
    /// Key and value heads; a divisor of the query heads.
    pub key_heads: u32,
    /// Numbers of a head.
    pub head_dim: u32,
    /// Factor of the scores, `1 / sqrt(head_dim)`.
    pub scale: f32,
    /// Farthest position that is seen, where there is a [`Sight`].
    pub reach: u32,
}

/// What rows do not see although its class allows it.
#[derive(Clone, Copy, Debug)]
pub enum Sight {
    /// Only keys up to `params.reach` positions away are seen.
    Near {
        /// `[rows]` u32: the positions of the rows
        positions: BufferId,
        /// `[keys]` u32: the positions of the slots
        key_positions: BufferId,
    },
    /// As `Near`, of several continuations of a sequence: a row sees the slots that are open to its
    /// branch. A branch is a bit, so that there are at most [`BRANCHES`].
    Branches {
        /// `[rows, 2]` u32: the position and the branch of each row
        rows: BufferId,
        /// `[keys, 2]` u32: the position of each slot, and the branches that it is open to
        keys: BufferId,
    },
}

/// Continuations that one forward may have, the sequence itself among them.
pub const BRANCHES: usize = 32;

/// Every row attends to the slots whose class is not above its own, save the one it is blind to.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Uniform.
    pub params: Params,
    /// `[rows, query heads + 2 * key heads, head_dim]` f32
    pub qkv: BufferId,
    /// `[keys, 2 * key heads, head_dim]` f32: keys and values
    pub store: BufferId,
    /// `[rows]` u32
    pub classes: BufferId,
    /// `[keys]` u32
    pub key_classes: BufferId,
    /// `[rows]` u32: a slot that each row does not see, [`super::head_stats::NO_TOKEN`] for none
    pub blind: BufferId,
    /// `[rows, query heads, head_dim]` f32
    pub out: BufferId,
    /// What else is not seen; where absent, nothing.
    pub sight: Option<Sight>,
}

impl Kernel for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        let sight = match self.sight {
            None => "all",
            Some(Sight::Near { .. }) => "near",
            Some(Sight::Branches { .. }) => "branches",
        };
        vec![reduce_role(tier), ("sight", sight)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![
            self.qkv,
            self.store,
            self.classes,
            self.key_classes,
            self.blind,
            self.out,
        ];
        match self.sight {
            None => {}
            Some(
                Sight::Near {
                    positions: rows,
                    key_positions: keys,
                }
                | Sight::Branches { rows, keys },
            ) => bindings.extend([rows, keys]),
        }
        bindings
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.params.query_heads, self.params.rows, 1]
    }
}
