//! Root-mean-square normalisation of rows (Zhang & Sennrich 2019, arXiv 1910.07467).

use super::{Kernel, reduce_role};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/rms_norm.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Numbers of a row.
    pub dim: u32,
    /// Added to the mean square.
    pub eps: f32,
}

/// `y[r, :] = x[source(r), :] / rms * gain`.
#[derive(Clone, Debug)]
pub struct RmsNorm {
    /// Uniform.
    pub params: Params,
    /// Rows of y.
    pub rows: u32,
    /// `[.., dim]` f32
    pub x: BufferId,
    /// `[dim]` f32
    pub gain: BufferId,
    /// `[rows, dim]` f32
    pub y: BufferId,
    /// Rows to gather; every row in order where absent. `[rows]` of [`super::head_stats::RecordRow`]
    pub record_rows: Option<BufferId>,
}

impl Kernel for RmsNorm {
    fn name(&self) -> &'static str {
        "rms_norm"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        let rows = if self.record_rows.is_some() {
            "recorded"
        } else {
            "all"
        };
        vec![reduce_role(tier), ("rows", rows)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![self.x, self.gain, self.y];
        bindings.extend(self.record_rows);
        bindings
    }
    fn workgroups(&self) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
