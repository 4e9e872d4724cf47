//! LM head fused with the statistics of its logits, over one row shard of the head.

use super::Kernel;
use super::tile::Tile;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;
use crate::weights::Format;

/// Tokens that one partial sums up.
pub const SPAN: u32 = 64;

/// Partials come in multiples of this, which every tile's number of parts divides.
const PARTIALS: u32 = 8;

/// Words of one partial (`struct Stats` of `shaders/lib/stats.wgsl`).
pub const PARTIAL_WORDS: usize = 11;

/// [`RecordRow::current`] where the position holds MASK.
pub const NO_TOKEN: u32 = u32::MAX;

/// Uniform of `shaders/head_stats.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Rows that need a record.
    pub rows: u32,
    /// k / 4.
    pub quads: u32,
    /// Rows of the shard: tokens.
    pub columns: u32,
    /// Token id of the shard's first row.
    pub first_id: u32,
    /// Word where the scale plane starts.
    pub scale_offset: u32,
    /// Index of the shard's first partial.
    pub first_partial: u32,
    /// Banned ids at the start of `special`.
    pub banned: u32,
    /// Stop ids after them.
    pub stops: u32,
}

/// What the host says about one row that needs a record (`shaders/lib/record_row.wgsl`).
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct RecordRow {
    /// Row of the forward whose hidden state predicts the position.
    pub row: u32,
    /// Key of the row's random numbers, [`crate::random::row_key`].
    pub key: u32,
    /// Token now at the position, or [`NO_TOKEN`].
    pub current: u32,
    /// Factor from raw logits to stat space.
    pub scale: f32,
    /// Factor of the Gumbel noise, in stat space.
    pub noise: f32,
}

/// Partial statistics over one shard of the vocabulary.
#[derive(Clone, Debug)]
pub struct HeadStats {
    /// Uniform.
    pub params: Params,
    /// Format of `weight`.
    pub format: Format,
    /// `[rows, k]` f32, normalised
    pub x: BufferId,
    /// `[columns, k]` packed
    pub weight: BufferId,
    /// `[partials, rows]` of [`PARTIAL_WORDS`] words
    pub partials: BufferId,
    /// `[rows]` of [`RecordRow`]
    pub record_rows: BufferId,
    /// `[banned + stops]` u32; at least one word
    pub special: BufferId,
    /// `[vocabulary]` f32, added to the logits
    pub bias: Option<BufferId>,
}

impl HeadStats {
    /// Partials that a shard of `columns` tokens writes for each row.
    #[must_use]
    pub fn partials(columns: u32) -> u32 {
        columns.div_ceil(SPAN * PARTIALS) * PARTIALS
    }

    fn tile(&self, tier: Tier) -> Tile {
        Tile::choose(tier, self.format, self.params.rows, self.params.quads)
    }
}

impl Kernel for HeadStats {
    fn name(&self) -> &'static str {
        "head_stats"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        vec![
            ("weights", self.format.as_str()),
            self.tile(tier).role(),
            (
                "head_bias",
                if self.bias.is_some() { "added" } else { "none" },
            ),
        ]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![
            self.x,
            self.weight,
            self.partials,
            self.record_rows,
            self.special,
        ];
        bindings.extend(self.bias);
        bindings
    }
    fn workgroups(&self, tier: Tier) -> [u32; 3] {
        let tile = self.tile(tier);
        let (rows, _) = tile.size();
        [
            // Each part of a workgroup's rows is a partial.
            Self::partials(self.params.columns) / tile.parts(),
            self.params.rows.div_ceil(rows),
            1,
        ]
    }
}
