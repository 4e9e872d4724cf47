//! What an architecture wants loaded, and where it finds it afterwards.

use std::fmt;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::recording::BufferId;
use crate::sorted_map::SortedMap;
use crate::weights::{Assembly, BlockType, Checkpoint, Files, Format};

/// A parameter's name within its architecture: a role and, for those of a layer, its index.
pub type ParameterName = (&'static str, Option<usize>);

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So many numbers that stay f32: gains and biases.
    Vector(usize),
    /// A weight `[rows, columns]`, quantized and sharded.
    Matrix(usize, usize),
    /// So many weights `[rows, columns]`, one behind the other, each whole in its shard: experts.
    Stack(usize, usize, usize),
    /// A small table `[rows, columns]` that stays f32: learned positions.
    Table(usize, usize),
}

impl Shape {
    /// Rows and columns of what is quantized and sharded, and how many rows stay together.
    #[must_use]
    pub fn weight(self) -> Option<(usize, usize, usize)> {
        match self {
            Self::Matrix(rows, columns) => Some((rows, columns, 1)),
            Self::Stack(count, rows, columns) => Some((count * rows, columns, rows)),
            Self::Vector(_) | Self::Table(..) => None,
        }
    }

    /// Its numbers.
    #[must_use]
    pub fn numbers(self) -> u64 {
        match self {
            Self::Vector(length) => length as u64,
            Self::Table(rows, columns) | Self::Matrix(rows, columns) => {
                rows as u64 * columns as u64
            }
            Self::Stack(count, rows, columns) => count as u64 * rows as u64 * columns as u64,
        }
    }
}

/// One parameter to load.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: ParameterName,
    /// Where it comes from.
    pub source: Source,
    /// What it is.
    pub shape: Shape,
}

/// Where a parameter comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Tensors of the checkpoint, as they are.
    Stored(Assembly),
    /// Numbers that the host makes of small tensors while it loads.
    Computed(Computed),
}

/// What the host makes of small tensors.
#[derive(Clone)]
pub struct Computed {
    /// What is read, and how many numbers each must hold.
    pub inputs: Vec<(Assembly, u64)>,
    /// The parameter's numbers, of those of each input.
    pub compute: Rc<Compute>,
}

/// Numbers made of those of some inputs.
pub type Compute = dyn Fn(&[Vec<f32>]) -> Vec<f32>;

impl fmt::Debug for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Computed").field(&self.inputs).finish()
    }
}

impl Parameter {
    /// A parameter that the checkpoint stores.
    #[must_use]
    pub fn stored(name: ParameterName, assembly: Assembly, shape: Shape) -> Self {
        Self {
            name,
            source: Source::Stored(assembly),
            shape,
        }
    }

    /// A parameter made of `inputs`, each with the number of its elements.
    #[must_use]
    pub fn computed(
        name: ParameterName,
        inputs: Vec<(Assembly, u64)>,
        shape: Shape,
        compute: impl Fn(&[Vec<f32>]) -> Vec<f32> + 'static,
    ) -> Self {
        let compute = Rc::new(compute);
        Self {
            name,
            source: Source::Computed(Computed { inputs, compute }),
            shape,
        }
    }

    /// The checkpoint's tensors that it is made of.
    #[must_use]
    pub fn tensors(&self) -> Vec<&str> {
        match &self.source {
            Source::Stored(assembly) => assembly.tensors().iter().map(String::as_str).collect(),
            Source::Computed(computed) => {
                let inputs = computed.inputs.iter();
                let tensors = inputs.flat_map(|(assembly, _)| assembly.tensors());
                tensors.map(String::as_str).collect()
            }
        }
    }

    /// The block type of all its tensors in the checkpoint, where it is one.
    #[must_use]
    pub fn block_type<F: Files>(&self, checkpoint: &Checkpoint<F>) -> Option<BlockType> {
        match &self.source {
            Source::Stored(assembly) => checkpoint.block_type(assembly),
            Source::Computed(_) => None,
        }
    }

    /// Compares what the checkpoint holds with what the architecture expects.
    ///
    /// # Errors
    /// `missing_tensor`; `bad_file` naming the tensors and both shapes.
    pub fn check<F: Files>(&self, checkpoint: &Checkpoint<F>) -> Result<()> {
        match &self.source {
            Source::Stored(assembly) => self.check_stored(checkpoint, assembly),
            Source::Computed(computed) => {
                for (assembly, count) in &computed.inputs {
                    let (rows, columns) = checkpoint.assembled_shape(assembly)?;
                    if rows as u64 * columns as u64 != *count {
                        let found = format!("{rows}x{columns}");
                        let expected = format!("{count} numbers");
                        return Err(mismatch(&assembly.to_string(), &found, &expected));
                    }
                }
                Ok(())
            }
        }
    }

    fn check_stored<F: Files>(
        &self,
        checkpoint: &Checkpoint<F>,
        assembly: &Assembly,
    ) -> Result<()> {
        let (rows, columns) = checkpoint.assembled_shape(assembly)?;
        let (same, (n, k)) = match self.shape {
            Shape::Vector(length) => (rows * columns == length, (1, length)),
            Shape::Matrix(n, k) | Shape::Table(n, k) => ((rows, columns) == (n, k), (n, k)),
            Shape::Stack(count, n, k) => ((rows, columns) == (count * n, k), (count * n, k)),
        };
        if same {
            return Ok(());
        }
        let (found, expected) = (format!("{rows}x{columns}"), format!("{n}x{k}"));
        Err(mismatch(&assembly.to_string(), &found, &expected))
    }
}

fn mismatch(tensor: &str, found: &str, expected: &str) -> Error {
    Error::bad_file(format!(
        "{tensor} is {found} in the checkpoint, but config.json makes it {expected}; the folder \
         mixes two models, download it again"
    ))
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

impl Matrix {
    /// A matrix in one buffer, of a format without scales.
    #[must_use]
    pub fn whole(format: Format, rows: u32, columns: u32, buffer: BufferId) -> Self {
        let shard = Shard {
            buffer,
            first_row: 0,
            rows,
            scale_offset: 0,
        };
        Self {
            format,
            rows,
            columns,
            shards: vec![shard],
        }
    }
}

/// Every loaded parameter by name.
#[derive(Debug, Default)]
pub struct Weights {
    /// Matrices.
    pub(crate) matrices: SortedMap<ParameterName, Matrix>,
    /// Vectors.
    pub(crate) vectors: SortedMap<ParameterName, BufferId>,
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
