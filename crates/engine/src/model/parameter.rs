//! What an architecture wants loaded, and where it finds it afterwards.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::recording::BufferId;
use crate::weights::{Assembly, Format};

/// A parameter's name within its architecture: a role and, for those of a layer, its index.
pub type ParameterName = (&'static str, Option<usize>);

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So many numbers that stay f32: gains and biases.
    Vector(usize),
    /// A weight `[rows, columns]`, quantized and sharded.
    Matrix(usize, usize),
}

/// One parameter to load.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: ParameterName,
    /// The checkpoint's tensors that make it up.
    pub assembly: Assembly,
    /// What it is.
    pub shape: Shape,
}

impl Parameter {
    /// Compares what the checkpoint holds with what the architecture expects.
    ///
    /// # Errors
    /// `bad_file` naming the tensors and both shapes.
    pub fn check(&self, (rows, columns): (usize, usize)) -> Result<()> {
        let (same, expected) = match self.shape {
            Shape::Vector(length) => (rows * columns == length, (1, length)),
            Shape::Matrix(n, k) => ((rows, columns) == (n, k), (n, k)),
        };
        if same {
            return Ok(());
        }
        Err(Error::bad_file(format!(
            "{} is {rows}x{columns} in the checkpoint, but config.json makes it {}x{}; \
             the folder mixes two models, download it again",
            self.assembly, expected.0, expected.1
        )))
    }
}

/// Consecutive rows of a matrix in one buffer of their own.
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    /// The packed rows.
    pub buffer: BufferId,
    /// Index of the first.
    pub first_row: u32,
    /// Their number.
    pub rows: u32,
    /// Word where the scale plane starts.
    pub scale_offset: u32,
}

/// A loaded matrix.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Its resident format.
    pub format: Format,
    /// Rows of all shards.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
    /// Its rows, in order.
    pub shards: Vec<Shard>,
}

/// Every loaded parameter by name.
#[derive(Debug, Default)]
pub struct Weights {
    /// Matrices.
    pub matrices: BTreeMap<ParameterName, Matrix>,
    /// Vectors.
    pub vectors: BTreeMap<ParameterName, BufferId>,
}

impl Weights {
    /// A matrix.
    ///
    /// # Panics
    /// When the architecture did not list it among its parameters.
    #[must_use]
    pub fn matrix(&self, role: &'static str, layer: Option<usize>) -> &Matrix {
        &self.matrices[&(role, layer)]
    }

    /// A vector.
    ///
    /// # Panics
    /// When the architecture did not list it among its parameters.
    #[must_use]
    pub fn vector(&self, role: &'static str, layer: Option<usize>) -> BufferId {
        self.vectors[&(role, layer)]
    }

    /// A vector that only some checkpoints of the architecture have.
    #[must_use]
    pub fn optional_vector(&self, role: &'static str, layer: Option<usize>) -> Option<BufferId> {
        self.vectors.get(&(role, layer)).copied()
    }
}
