//! Merges the partial statistics of a row into its record.

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/head_merge.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Rows that need a record.
    pub rows: u32,
    /// Partials of each row.
    pub partials: u32,
}

/// `records[r] = merge over all partials of row r`.
#[derive(Clone, Debug)]
pub struct HeadMerge {
    /// Uniform.
    pub params: Params,
    /// `[partials, rows]` of partials
    pub partials: BufferId,
    /// `[rows]` of [`crate::Record`]
    pub records: BufferId,
}

impl Kernel for HeadMerge {
    fn name(&self) -> &'static str {
        "head_merge"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        Vec::new()
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.partials, self.records]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.params.rows, 1, 1]
    }
}
