//! Records from stored logits, with top-k, top-p and stop tokens last.

use super::{Kernel, reduce_role};
use crate::record::Record;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Logits that can be asked for by id, a row.
pub const GATHERED: usize = 8;

/// Uniform of `shaders/logit_stats.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Numbers of a row of logits.
    pub vocabulary: u32,
    /// Where the stop ids start in `special`.
    pub first_stop: u32,
    /// Stop ids, no id twice.
    pub stops: u32,
}

/// All that the host reads of one row (`shaders/lib/readout.wgsl`); each kernel of the wide head
/// writes its part.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct ReadoutRow {
    /// Written by [`LogitStats`].
    pub record: Record,
    /// Written by [`super::logit_gather::LogitGather`].
    pub gathered: [f32; GATHERED],
    /// Written by [`super::logit_kl::LogitKl`].
    pub kl: f32,
}

/// `readout[r].record = statistics of the kept logits of row r`.
#[derive(Clone, Debug)]
pub struct LogitStats {
    /// Uniform.
    pub params: Params,
    /// Rows of logits.
    pub rows: u32,
    /// `[rows, vocabulary]` f32; [`crate::kernels::LOWEST`] or less is a banned id
    pub logits: BufferId,
    /// `[rows]` of [`ReadoutRow`]
    pub readout: BufferId,
    /// `[rows]` of [`super::head_stats::RecordRow`]
    pub record_rows: BufferId,
    /// A [`super::logit_guidance::RulesHeader`]
    pub rules: BufferId,
    /// `[first_stop + stops]` u32; at least one word
    pub special: BufferId,
}

impl Kernel for LogitStats {
    fn name(&self) -> &'static str {
        "logit_stats"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        vec![reduce_role(tier)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![
            self.logits,
            self.readout,
            self.record_rows,
            self.rules,
            self.special,
        ]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
