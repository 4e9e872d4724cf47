//! Normalisation of rows: RMSNorm (Zhang & Sennrich 2019, arXiv 1910.07467) and LayerNorm (Ba et
//! al. 2016, arXiv 1607.06450).

use super::{Kernel, reduce_role};
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Uniform of `shaders/norm.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Numbers of a row.
    pub dim: u32,
    /// Added to the mean square.
    pub eps: f32,
}

/// Which norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormKind {
    /// `x / rms(x) * gain`
    Rms,
    /// `(x - mean(x)) / deviation(x) * gain + offset`
    Layer,
}

impl NormKind {
    /// Numbers of its gain and offset, for rows of `dim`.
    #[must_use]
    pub fn parameters(self, dim: usize) -> usize {
        match self {
            Self::Rms => dim,
            Self::Layer => 2 * dim,
        }
    }
}

/// `y[r, :] = norm(x[source(r), :])`.
#[derive(Clone, Debug)]
pub struct Norm {
    /// Uniform.
    pub params: Params,
    /// Which norm.
    pub kind: NormKind,
    /// Rows of y.
    pub rows: u32,
    /// `[.., dim]` f32
    pub x: BufferId,
    /// `[dim]` f32; of a LayerNorm `[2, dim]`, the gain and then the offset
    pub gain: BufferId,
    /// `[rows, dim]` f32
    pub y: BufferId,
    /// Rows to gather; every row in order where absent. `[rows]` of [`super::head_stats::RecordRow`]
    pub record_rows: Option<BufferId>,
}

impl Kernel for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }
    fn roles(&self, tier: Tier) -> Vec<Role> {
        let rows = if self.record_rows.is_some() {
            "recorded"
        } else {
            "all"
        };
        let norm = match self.kind {
            NormKind::Rms => "rms",
            NormKind::Layer => "layer",
        };
        vec![reduce_role(tier), ("rows", rows), ("norm", norm)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![self.x, self.gain, self.y];
        bindings.extend(self.record_rows);
        bindings
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
