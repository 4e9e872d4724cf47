//! How far the directions of two rows are apart.

use super::{Kernel, reduce_role};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/row_drift.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// The first row of x that is compared.
    pub first: u32,
    /// Where its drift goes.
    pub at: u32,
    /// Numbers of a row that are compared.
    pub width: u32,
    /// Where in a row of x they begin.
    pub x_first: u32,
    /// Numbers from one row of x to the next.
    pub x_stride: u32,
    /// Where in a row of y they begin.
    pub y_first: u32,
    /// Numbers from one row of y to the next.
    pub y_stride: u32,
}

/// `drift[at + i] = 2 - 2 cos(x[first + i], y[index[first + i]])`: 0 for the same direction, 2 for
/// none in common, 4 for the opposite one.
#[derive(Clone, Debug)]
pub struct RowDrift {
    /// Uniform.
    pub params: Params,
    /// Rows that are compared.
    pub rows: u32,
    /// `[first + rows, x_stride]` f32
    pub x: BufferId,
    /// `[.., y_stride]` f32
    pub y: BufferId,
    /// `[first + rows]` u32: rows of y
    pub index: BufferId,
    /// `[at + rows]` f32
    pub drift: BufferId,
}

impl Kernel for RowDrift {
    fn name(&self) -> &'static str {
        "row_drift"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        vec![reduce_role(tier)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.x, self.y, self.index, self.drift]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
