//! The slot that some rows attend to most.

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Found where there is no candidate.
pub const NONE: u32 = u32::MAX;

/// Uniform of `shaders/most_attended.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Heads of a row.
    pub heads: u32,
    /// Slots.
    pub keys: u32,
    /// Where in `found` the slot goes.
    pub at: u32,
}

/// The candidate of the largest sum of weights; the first of equal ones, [`NONE`] without one.
#[derive(Clone, Debug)]
pub struct MostAttended {
    /// Uniform.
    pub params: Params,
    /// `[count.., heads, keys]` f32, none below 0
    pub weights: BufferId,
    /// `[1]` u32: rows of weights
    pub count: BufferId,
    /// `[keys]` u32: 1 for a candidate
    pub candidates: BufferId,
    /// `[at + 1]` u32
    pub found: BufferId,
}

impl Kernel for MostAttended {
    fn name(&self) -> &'static str {
        "most_attended"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        Vec::new()
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.weights, self.count, self.candidates, self.found]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [1, 1, 1]
    }
}
