//! Rows of a buffer gathered, scattered, added, or compared with what they were.

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/row_copy.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Words of a row that are copied.
    pub width: u32,
    /// Where in a row of x they begin.
    pub x_first: u32,
    /// Words from one row of x to the next.
    pub x_stride: u32,
    /// Where in a row of y they go.
    pub y_first: u32,
    /// Words from one row of y to the next.
    pub y_stride: u32,
}

impl Params {
    /// Whole rows of so many words.
    #[must_use]
    pub fn whole(width: usize) -> Self {
        let width = width as u32;
        Self {
            width,
            x_first: 0,
            x_stride: width,
            y_first: 0,
            y_stride: width,
        }
    }
}

/// Which row goes where.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// `y[r] = x[index[r]]`
    Gather,
    /// `y[index[r]] = x[r]`
    Scatter,
    /// `y[r] += x[index[r]]`, of numbers
    Add,
    /// `y[index[r]] = x[r] - before[rows[r]]`, of numbers; rows of `before` are as those of x
    Change {
        /// What the rows were.
        before: BufferId,
        /// `[rows]` u32: where in `before`
        rows: BufferId,
    },
}

/// Rows of `x` into rows of `y`.
#[derive(Clone, Debug)]
pub struct RowCopy {
    /// Uniform.
    pub params: Params,
    /// Which row goes where.
    pub way: Way,
    /// Rows that are copied.
    pub rows: u32,
    /// `[.., x_stride]` words
    pub x: BufferId,
    /// `[.., y_stride]` words
    pub y: BufferId,
    /// `[rows]` u32
    pub index: BufferId,
}

impl Kernel for RowCopy {
    fn name(&self) -> &'static str {
        "row_copy"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        let way = match self.way {
            Way::Gather => "gather",
            Way::Scatter => "scatter",
            Way::Add => "add",
            Way::Change { .. } => "change",
        };
        vec![("copy", way)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![self.x, self.y, self.index];
        if let Way::Change { before, rows } = self.way {
            bindings.extend([before, rows]);
        }
        bindings
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
