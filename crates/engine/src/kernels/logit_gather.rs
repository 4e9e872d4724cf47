//! Logits of a few given ids of each row.

use super::Kernel;
use super::logit_stats::GATHERED;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Threads of a workgroup (`WORKGROUP` of the shader).
const WORKGROUP: u32 = 64;

/// Uniform of `shaders/logit_gather.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Rows of logits.
    pub rows: u32,
    /// Numbers of a row of logits.
    pub vocabulary: u32,
}

/// `readout[r].gathered[j] = logits[r, asked[r, j]]`, in stat space.
#[derive(Clone, Debug)]
pub struct LogitGather {
    /// Uniform.
    pub params: Params,
    /// `[rows, vocabulary]` f32
    pub logits: BufferId,
    /// `[rows]` of [`super::logit_stats::ReadoutRow`]
    pub readout: BufferId,
    /// `[rows]` of [`super::head_stats::RecordRow`]
    pub record_rows: BufferId,
    /// `[rows, GATHERED]` u32, [`super::head_stats::NO_TOKEN`] for an empty slot
    pub asked: BufferId,
}

impl Kernel for LogitGather {
    fn name(&self) -> &'static str {
        "logit_gather"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        Vec::new()
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.logits, self.readout, self.record_rows, self.asked]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        let threads = self.params.rows * GATHERED as u32;
        [threads.div_ceil(WORKGROUP), 1, 1]
    }
}
