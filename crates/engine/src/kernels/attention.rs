//! Grouped-query attention with an online softmax (Milakov & Gimelshein 2018, arXiv 1805.02867).

use super::Kernel;
use super::kv::KvFormat;
use super::tile::{Tile, Tiling};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Largest head dimension, a multiple of 4.
pub const MAX_HEAD_DIM: u32 = 256;

/// Pairs of a row and one of the query heads of a key head that a workgroup computes.
const TILE_ROWS: u32 = 8;

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
    /// `[keys, 2 * key heads, head_dim]` in `kv`: keys and values
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
    /// How keys and values are kept.
    pub kv: KvFormat,
}

/// How the lanes of a workgroup get at the rows of their tile: the role `share`, chosen as the tiles
/// of products are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Workgroup,
    Lanes4,
    Lanes8,
}

impl Share {
    fn choose(tier: Tier) -> Self {
        let wide = Tile::Lanes8.runs_on(tier);
        match tier.tiling {
            Tiling::Lanes if wide => Self::Lanes8,
            Tiling::Lanes if tier.subgroups => Self::Lanes4,
            Tiling::Only(Tile::Lanes8) if wide => Self::Lanes8,
            Tiling::Only(Tile::Lanes4) if tier.subgroups => Self::Lanes4,
            _ => Self::Workgroup,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Workgroup => "workgroup",
            Self::Lanes4 => "lanes4",
            Self::Lanes8 => "lanes8",
        }
    }

    /// Lanes of a workgroup (`LANES`).
    fn lanes(self) -> u32 {
        match self {
            Self::Workgroup => 64,
            Self::Lanes4 | Self::Lanes8 => 32,
        }
    }
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
        let share = Share::choose(tier).as_str();
        vec![("share", share), ("sight", sight), self.kv.role()]
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
    fn workgroups(&self, tier: Tier) -> [u32; 3] {
        let p = &self.params;
        let pairs = p.rows * (p.query_heads / p.key_heads);
        let parts = (p.head_dim / 4).div_ceil(Share::choose(tier).lanes());
        [p.key_heads, pairs.div_ceil(TILE_ROWS), parts]
    }
}
