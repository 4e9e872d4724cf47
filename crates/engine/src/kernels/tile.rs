//! How a product of matrices is cut into tiles: the role `tile` of the kernels that make one.

use serde::{Deserialize, Serialize};

use crate::recording::Tier;
use crate::shader::Role;
use crate::weights::Format;

/// A file of the role `tile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tile {
    /// Through workgroup memory, in single precision.
    StagedF32,
    /// Through workgroup memory, as 16-bit floats.
    StagedF16,
    /// In registers, for subgroups of 4 lanes or more.
    Lanes4,
    /// In registers, for subgroups of 8 lanes or more.
    Lanes8,
    /// One row, summed up in subgroups of 8 lanes or more.
    VectorSubgroup,
    /// One row, summed up in workgroup memory.
    VectorWorkgroup,
}

/// Which tiles a device multiplies with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tiling {
    /// Tiles in workgroup memory: right for hardware that has such memory.
    #[default]
    Staged,
    /// Tiles in registers: for devices whose workgroup memory is slower than their arithmetic.
    Lanes,
    /// This one wherever it can be: for measurements and tests.
    #[serde(skip)]
    Only(Tile),
}

/// Elements of a block; a round of all tiles but the staged ones covers whole blocks.
const BLOCK: u32 = 32;

/// Most rows that are multiplied one by one where tiles are staged: of a tile of 32, few would be
/// used. Tiles in registers have 8 rows, and are slower for one row only.
const FEW_ROWS: u32 = 4;

impl Tile {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::StagedF32,
        Self::StagedF16,
        Self::Lanes4,
        Self::Lanes8,
        Self::VectorSubgroup,
        Self::VectorWorkgroup,
    ];

    /// Whether a device of this tier is capable of it.
    #[must_use]
    pub fn runs_on(self, tier: Tier) -> bool {
        match self {
            Self::StagedF32 | Self::VectorWorkgroup => true,
            Self::StagedF16 => tier.f16,
            // Four is the least that WebGPU allows.
            Self::Lanes4 => tier.subgroups,
            Self::Lanes8 | Self::VectorSubgroup => tier.subgroups && tier.subgroup_width >= 8,
        }
    }

    /// The tile for `rows` of x and weights of `format` whose rows have `4 * quads` elements.
    #[must_use]
    pub fn choose(tier: Tier, format: Format, rows: u32, quads: u32) -> Self {
        let staged = Self::staged(tier, format);
        if !(quads * 4).is_multiple_of(BLOCK) {
            return staged;
        }
        let octets = Self::Lanes8.runs_on(tier);
        match tier.tiling {
            Tiling::Only(Self::StagedF16) => staged,
            Tiling::Only(tile) => tile,
            Tiling::Staged if rows <= FEW_ROWS && octets => Self::VectorSubgroup,
            Tiling::Staged if rows <= FEW_ROWS => Self::VectorWorkgroup,
            Tiling::Staged => staged,
            Tiling::Lanes if rows == 1 && octets => Self::VectorSubgroup,
            Tiling::Lanes if octets => Self::Lanes8,
            Tiling::Lanes => Self::Lanes4,
        }
    }

    /// Of 16 bits where the device has them, save for f32 weights, whose user asked for single
    /// precision throughout.
    fn staged(tier: Tier, format: Format) -> Self {
        if tier.f16 && format != Format::F32 {
            Self::StagedF16
        } else {
            Self::StagedF32
        }
    }

    /// The value of the role, which names its file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StagedF32 => "staged_f32",
            Self::StagedF16 => "staged_f16",
            Self::Lanes4 => "lanes4",
            Self::Lanes8 => "lanes8",
            Self::VectorSubgroup => "vector_subgroup",
            Self::VectorWorkgroup => "vector_workgroup",
        }
    }

    /// The role that chooses its file.
    #[must_use]
    pub fn role(self) -> Role {
        ("tile", self.as_str())
    }

    /// Rows and columns of the product that a workgroup computes (`TILE_ROWS`, `TILE_COLUMNS`).
    #[must_use]
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::StagedF32 | Self::StagedF16 => (32, 32),
            Self::Lanes4 | Self::Lanes8 => (8, 256),
            Self::VectorSubgroup | Self::VectorWorkgroup => (1, 32),
        }
    }

    /// Lanes that share the work on a row of a tile once it is there (`TILE_PARTS`).
    #[must_use]
    pub fn parts(self) -> u32 {
        match self {
            Self::Lanes4 | Self::Lanes8 => 8,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tile, Tiling};
    use crate::recording::Tier;
    use crate::weights::Format;

    fn tier(tiling: Tiling, subgroup_width: u32) -> Tier {
        Tier {
            f16: true,
            subgroups: subgroup_width > 0,
            subgroup_width,
            tiling,
        }
    }

    #[test]
    fn rows_and_device_decide() {
        let of = |tiling, width, rows| Tile::choose(tier(tiling, width), Format::Q8_0, rows, 128);
        assert_eq!(of(Tiling::Staged, 32, 5), Tile::StagedF16);
        assert_eq!(of(Tiling::Staged, 32, 4), Tile::VectorSubgroup);
        assert_eq!(of(Tiling::Staged, 4, 4), Tile::VectorWorkgroup);
        assert_eq!(of(Tiling::Staged, 0, 1), Tile::VectorWorkgroup);
        assert_eq!(of(Tiling::Lanes, 8, 1), Tile::VectorSubgroup);
        assert_eq!(of(Tiling::Lanes, 8, 2), Tile::Lanes8);
        assert_eq!(of(Tiling::Lanes, 4, 1), Tile::Lanes4);
        assert_eq!(of(Tiling::Only(Tile::Lanes4), 8, 1), Tile::Lanes4);
    }

    #[test]
    fn broken_blocks_and_full_precision_are_staged() {
        let lanes = tier(Tiling::Lanes, 8);
        assert_eq!(Tile::choose(lanes, Format::F16, 1, 9), Tile::StagedF16);
        assert_eq!(Tile::choose(lanes, Format::F32, 1, 9), Tile::StagedF32);
        let only = tier(Tiling::Only(Tile::StagedF16), 8);
        assert_eq!(Tile::choose(only, Format::F32, 64, 8), Tile::StagedF32);
    }
}
