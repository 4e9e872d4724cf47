//! What a checkpoint says about one tensor.

use std::sync::Arc;

use super::dtype::SourceDtype;
use super::packed::Packed;

/// In which order a file has the rows of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// As they are.
    Plain,
    /// Within each head of so many rows (an even number), the first half and the second half
    /// alternate: files of llama.cpp whose network turns neighbouring pairs (GPT-J's rotary
    /// embedding) where the checkpoint's turns halves (GPT-NeoX's).
    Interleaved(usize),
}

impl RowOrder {
    /// Where the file has `row`.
    #[must_use]
    pub fn stored(self, row: usize) -> usize {
        match self {
            Self::Plain => row,
            Self::Interleaved(head) => {
                let (first, within) = (row / head * head, row % head);
                first + within % (head / 2) * 2 + within / (head / 2)
            }
        }
    }
}

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
    /// The order of its rows in `file`; of a vector, the order of its elements.
    pub order: RowOrder,
    /// The tensors that it is unpacked from, where it is not stored as one. `offset` and `bytes`
    /// are then those of the first and of all.
    pub packed: Option<Arc<Packed>>,
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

    /// Bytes of a row in the file.
    #[must_use]
    pub fn row_bytes(&self) -> u64 {
        // 0 for the rows of a type that packs elements over the end of a row; none holds weights.
        self.dtype.bytes(self.columns() as u64).unwrap_or(0)
    }

    /// Number of elements.
    #[must_use]
    pub fn elements(&self) -> u64 {
        self.rows() as u64 * self.columns() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::RowOrder;

    #[test]
    fn interleaved_rows_are_llama_cpps_permutation() {
        // What llama.cpp writes for heads of 6: reshape(2, 3), transpose, within each head.
        let stored = [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11];
        for row in 0..12 {
            assert_eq!(stored[RowOrder::Interleaved(6).stored(row)], row);
            assert_eq!(RowOrder::Plain.stored(row), row);
        }
    }
}
