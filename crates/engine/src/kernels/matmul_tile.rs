//! Matrix product of activations with one row shard of a weight, with a fused epilogue.

use super::Kernel;
use super::tile::Tile;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;
use crate::weights::Format;

/// Uniform of `shaders/matmul_tile.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Rows of x.
    pub rows: u32,
    /// k / 4.
    pub quads: u32,
    /// Rows of the shard.
    pub columns: u32,
    /// Where the shard's columns start in y.
    pub first_column: u32,
    /// Numbers from one row of y to the next.
    pub y_stride: u32,
    /// Word where the scale plane starts.
    pub scale_offset: u32,
}

/// What happens to each product before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epilogue {
    /// `y = v`
    Store,
    /// `y += v`
    Add,
    /// `y = v + bias`; `[columns of y]` f32
    Bias(BufferId),
    /// `y += v * factor + offset`; `[2, columns of y]` f32
    AddAffine(BufferId),
    /// `y = gelu(v + bias)`; `[columns of y]` f32
    Gelu(BufferId),
    /// As `Gelu`, by GPT-2's approximation.
    GeluTanh(BufferId),
    /// `y_j = silu(v_2j) * v_2j+1`
    Swiglu,
    /// `y_j = gelu(v_2j) * v_2j+1`
    Geglu,
}

impl Epilogue {
    /// Columns of the product that make one column of y.
    #[must_use]
    pub fn columns_each(self) -> u32 {
        match self {
            Self::Swiglu | Self::Geglu => 2,
            Self::Store
            | Self::Add
            | Self::Bias(_)
            | Self::AddAffine(_)
            | Self::Gelu(_)
            | Self::GeluTanh(_) => 1,
        }
    }

    /// The buffer that it reads.
    fn vector(self) -> Option<BufferId> {
        match self {
            Self::Bias(id) | Self::AddAffine(id) | Self::Gelu(id) | Self::GeluTanh(id) => Some(id),
            Self::Store | Self::Add | Self::Swiglu | Self::Geglu => None,
        }
    }
}

/// `y[r, n] = epilogue(sum over k of x[r, k] * W[n, k])`.
#[derive(Clone, Debug)]
pub struct MatmulTile {
    /// Uniform.
    pub params: Params,
    /// Format of `weight`.
    pub format: Format,
    /// What happens to the products.
    pub epilogue: Epilogue,
    /// `[rows, k]` f32
    pub x: BufferId,
    /// `[columns, k]` packed
    pub weight: BufferId,
    /// `[rows, y_stride]` f32
    pub y: BufferId,
}

impl MatmulTile {
    fn tile(&self, tier: Tier) -> Tile {
        Tile::choose(tier, self.format, self.params.rows, self.params.quads)
    }
}

impl Kernel for MatmulTile {
    fn name(&self) -> &'static str {
        "matmul_tile"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        let epilogue = match self.epilogue {
            Epilogue::Store => "store",
            Epilogue::Add => "add",
            Epilogue::Bias(_) => "bias",
            Epilogue::AddAffine(_) => "add_affine",
            Epilogue::Gelu(_) => "gelu",
            Epilogue::GeluTanh(_) => "gelu_tanh",
            Epilogue::Swiglu => "swiglu",
            Epilogue::Geglu => "geglu",
        };
        vec![
            ("weights", self.format.as_str()),
            self.tile(tier).role(),
            ("epilogue", epilogue),
        ]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![self.x, self.weight, self.y];
        bindings.extend(self.epilogue.vector());
        bindings
    }
    fn workgroups(&self, tier: Tier) -> [u32; 3] {
        let (rows, columns) = self.tile(tier).size();
        [
            self.params.columns.div_ceil(columns),
            self.params.rows.div_ceil(rows),
            1,
        ]
    }
}
