//! The places of the largest scores.

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Threads of a workgroup (`WORKGROUP` of the shader).
const WORKGROUP: u32 = 64;

/// Uniform of `shaders/row_pick.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Candidates, at least 1.
    pub candidates: u32,
    /// Those that are picked, at most all.
    pub taken: u32,
    /// A score is the largest of its neighbours up to so far away; 0: its own.
    pub reach: u32,
    /// Where in `picked` they go.
    pub first: u32,
    /// Places that are no candidates, from the gap on.
    pub skipped: u32,
}

/// `picked[first + rank] = place` of the `taken` largest; of equal scores the earlier comes first.
#[derive(Clone, Debug)]
pub struct RowPick {
    /// Uniform.
    pub params: Params,
    /// `[candidates]` f32
    pub scores: BufferId,
    /// `[1]` u32: the first place that is no candidate
    pub gap: BufferId,
    /// `[first + taken]` u32
    pub picked: BufferId,
}

impl Kernel for RowPick {
    fn name(&self) -> &'static str {
        "row_pick"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        Vec::new()
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.scores, self.gap, self.picked]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.params.candidates.div_ceil(WORKGROUP), 1, 1]
    }
}
