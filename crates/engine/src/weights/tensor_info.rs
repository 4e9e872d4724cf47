//! What a checkpoint says about one tensor.

use std::sync::Arc;

use super::dtype::SourceDtype;

/// Name, type, shape and place of one tensor. Only [`Checkpoint`](super::Checkpoint) makes them,
/// after checking that the parts agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// Name in the checkpoint: `"model.layers.0.mlp.up_proj.weight"`.
    pub name: String,
    /// Number type in the file.
    pub dtype: SourceDtype,
    /// Shape, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// File that holds it.
    pub file: Arc<str>,
    /// Byte in `file` where it begins.
    pub offset: u64,
    /// Its length in `file`, bytes.
    pub bytes: u64,
}

impl TensorInfo {
    /// Length of a row: the innermost dimension (1 for a scalar).
    #[must_use]
    pub fn columns(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// Number of rows: the product of all other dimensions. A vector is one row.
    #[must_use]
    pub fn rows(&self) -> usize {
        let [outer @ .., _] = self.shape.as_slice() else {
            return 1;
        };
        outer.iter().product()
    }

    /// Number of elements.
    #[must_use]
    pub fn elements(&self) -> u64 {
        self.rows() as u64 * self.columns() as u64
    }
}
