//! Products of rows with the weights of the experts that were chosen for them. Rows stay where they
//! are; which expert a row goes to is data.

use super::Kernel;
use super::tile::{Tile, Tiling};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;
use crate::weights::Format;

/// Uniform of `shaders/matmul_expert.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// k / 4.
    pub quads: u32,
    /// Rows of one expert's weight.
    pub columns: u32,
    /// The first expert of the shard.
    pub first_expert: u32,
    /// Experts of the shard.
    pub experts: u32,
    /// Experts of a row.
    pub slots: u32,
    /// Those that one workgroup goes through: [`Side::turns`].
    pub turns: u32,
    /// Word where the scale plane starts.
    pub scale_offset: u32,
}

/// Which product of an expert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `y[r, s, j] = silu(v_2j) * v_2j+1` of `x[r]`; y is `[rows, slots, columns / 2]`
    Up,
    /// `y[r] += share[r, s] * v` of `x[r, s]`; y is `[rows, columns]`. `[rows, slots]` f32
    Down(BufferId),
}

impl Side {
    /// Experts of a row that one workgroup goes through. Those that add to the same row take turns.
    #[must_use]
    pub fn turns(self, slots: u32) -> u32 {
        match self {
            Self::Up => 1,
            Self::Down(_) => slots,
        }
    }
}

/// `y = side(sum over k of x[k] * W[chosen[r, s], n, k])`, for the experts that this shard holds.
#[derive(Clone, Debug)]
pub struct MatmulExpert {
    /// Uniform.
    pub params: Params,
    /// Format of `weight`.
    pub format: Format,
    /// Which product.
    pub side: Side,
    /// Rows.
    pub rows: u32,
    /// `[rows, k]`, or `[rows, slots, k]` f32
    pub x: BufferId,
    /// `[experts * columns, k]` packed
    pub weight: BufferId,
    /// f32, as [`Side`] says
    pub y: BufferId,
    /// `[rows, slots]` u32
    pub chosen: BufferId,
}

impl MatmulExpert {
    /// A row goes its own way, so that tiles of one row are the right ones; a staged one stands in
    /// where rows of the weight are no whole blocks.
    #[must_use]
    pub fn tile(tier: Tier, quads: u32) -> Tile {
        match tier.tiling {
            _ if !quads.is_multiple_of(8) => Tile::StagedF32,
            Tiling::Only(Tile::StagedF32) => Tile::StagedF32,
            Tiling::Only(Tile::VectorWorkgroup) => Tile::VectorWorkgroup,
            _ if Tile::VectorSubgroup.runs_on(tier) => Tile::VectorSubgroup,
            _ => Tile::VectorWorkgroup,
        }
    }
}

impl Kernel for MatmulExpert {
    fn name(&self) -> &'static str {
        "matmul_expert"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        let side = match self.side {
            Side::Up => "up",
            Side::Down(_) => "down",
        };
        vec![
            ("weights", self.format.as_str()),
            Self::tile(tier, self.params.quads).role(),
            ("expert", side),
        ]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![self.x, self.weight, self.y, self.chosen];
        if let Side::Down(share) = self.side {
            bindings.push(share);
        }
        bindings
    }
    fn workgroups(&self, tier: Tier) -> [u32; 3] {
        let (_, columns) = Self::tile(tier, self.params.quads).size();
        [
            self.params.columns.div_ceil(columns),
            self.rows,
            self.params.slots / self.params.turns,
        ]
    }
}
