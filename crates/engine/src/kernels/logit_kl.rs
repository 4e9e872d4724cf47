//! How far each row's distribution moved since the step before (KLASS, arXiv 2511.05664).

use super::{Kernel, reduce_role};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/logit_kl.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Numbers of a row of logits.
    pub vocabulary: u32,
}

/// `readout[r].kl = KL(softmax(logits[r, :]) || softmax(earlier[previous[r], :]))`, nats.
#[derive(Clone, Debug)]
pub struct LogitKl {
    /// Uniform.
    pub params: Params,
    /// Rows of logits.
    pub rows: u32,
    /// `[rows, vocabulary]` f32
    pub logits: BufferId,
    /// `[rows]` of [`super::logit_stats::ReadoutRow`]
    pub readout: BufferId,
    /// `[rows]` of [`super::head_stats::RecordRow`]
    pub record_rows: BufferId,
    /// `[rows of the step before, vocabulary]` f32
    pub earlier: BufferId,
    /// `[rows]` u32: rows of `earlier`, [`super::head_stats::NO_TOKEN`] for none
    pub previous: BufferId,
}

impl Kernel for LogitKl {
    fn name(&self) -> &'static str {
        "logit_kl"
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
            self.earlier,
            self.previous,
        ]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
