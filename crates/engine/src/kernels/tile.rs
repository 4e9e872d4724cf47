//! How a product of matrices is cut into tiles: the role `tile` of the kernels that make one.

use serde::Serialize;

use crate::recording::Tier;
use crate::shader::Role;
use crate::weights::Format;

/// What a device computes tiles with. Which is faster is measured when it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tiling {
    /// Tiles in workgroup memory: right for hardware that has such memory.
    #[default]
    Staged,
    /// Tiles in registers, activations handed around in subgroups of at least 4 lanes: for devices
    /// whose workgroup memory is slower than their arithmetic.
    Lanes4,
    /// The same for subgroups of at least 8 lanes.
    Lanes8,
}

impl Tiling {
    /// Tiles in registers for subgroups that have at least `width` lanes.
    #[must_use]
    pub fn of_subgroups(width: u32) -> Self {
        if width >= 8 {
            Self::Lanes8
        } else {
            Self::Lanes4
        }
    }
}

/// A file of the role `tile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tile {
    /// `lib/tile_staged_f32.wgsl`
    StagedF32,
    /// `lib/tile_staged_f16.wgsl`
    StagedF16,
    /// `lib/tile_lanes4.wgsl`
    Lanes4,
    /// `lib/tile_lanes8.wgsl`
    Lanes8,
}

/// Elements of a block, which a round of the tiles in registers covers.
const BLOCK: u32 = 32;

impl Tile {
    /// The tile for weights of `format` whose rows have `4 * quads` elements.
    ///
    /// Tiles in registers go by whole blocks and keep single precision. Staged ones are of 16 bits
    /// where the device has them, save for f32 weights, whose user asked for single precision.
    #[must_use]
    pub fn choose(tier: Tier, format: Format, quads: u32) -> Self {
        let whole_blocks = (quads * 4).is_multiple_of(BLOCK);
        match tier.tiling {
            Tiling::Lanes4 if whole_blocks => Self::Lanes4,
            Tiling::Lanes8 if whole_blocks => Self::Lanes8,
            _ if tier.f16 && format != Format::F32 => Self::StagedF16,
            _ => Self::StagedF32,
        }
    }

    /// The role that chooses its file.
    #[must_use]
    pub fn role(self) -> Role {
        let value = match self {
            Self::StagedF32 => "staged_f32",
            Self::StagedF16 => "staged_f16",
            Self::Lanes4 => "lanes4",
            Self::Lanes8 => "lanes8",
        };
        ("tile", value)
    }

    /// Rows and columns of the product that 64 lanes compute.
    #[must_use]
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::StagedF32 | Self::StagedF16 => (32, 32),
            Self::Lanes4 | Self::Lanes8 => (8, 256),
        }
    }

    /// Whether its numbers have 16 bits.
    #[must_use]
    pub fn is_half(self) -> bool {
        self == Self::StagedF16
    }
}
