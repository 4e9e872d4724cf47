//! Brings an architecture's parameters from a checkpoint onto an executor, a row group at a time.

use serde::Serialize;

use crate::error::Result;
use crate::model::{Matrix, Parameter, Shape, Shard, Source, Weights};
use crate::recipe::Recipe;
use crate::recording::{BufferId, BufferIds, Executor};
use crate::weights::{Assembly, Checkpoint, Files, Format, format::GROUP_ROWS};

/// How far loading has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// What is going on.
    pub stage: Stage,
    /// Bytes of weights read.
    pub loaded: u64,
    /// Bytes of weights to read.
    pub total: u64,
}

/// What loading is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Looking for a device and reading the small files.
    Probe,
    /// Reading weights; each row group goes to the device as soon as it is there.
    Download,
    /// Waiting until everything has arrived on the device.
    Upload,
    /// Compiling kernels.
    Compile,
    /// Done.
    Ready,
}

/// Loaded weights and what they take.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Where each parameter is.
    pub weights: Weights,
    /// Bytes on the device.
    pub resident_bytes: u64,
    /// Numbers in the checkpoint's tensors.
    pub parameters: u64,
    /// The formats that the recipe gave, each once.
    pub formats: Vec<Format>,
}

impl Loaded {
    /// The format of the weights in a word: `"mixed"` where they have several.
    #[must_use]
    pub fn dtype(&self) -> &'static str {
        match self.formats.as_slice() {
            [format] => format.as_str(),
            _ => "mixed",
        }
    }
}

/// Loads `parameters` in the formats of `recipe` (matrices whose columns do not suit theirs fall
/// back, see [`Format::for_columns`]).
///
/// # Errors
/// What the checkpoint or the device reports.
pub async fn load<F: Files, E: Executor>(
    checkpoint: &Checkpoint<F>,
    parameters: &[Parameter],
    recipe: &Recipe,
    executor: &mut E,
    ids: &mut BufferIds,
    progress: &mut dyn FnMut(Progress),
) -> Result<Loaded> {
    let bytes = source_sizes(checkpoint, parameters)?;
    let total = bytes.iter().sum();
    let layers = layers(parameters);
    let mut loaded = Loaded::default();
    let mut read = 0;
    for (parameter, bytes) in parameters.iter().zip(bytes) {
        let source = parameter.block_type(checkpoint);
        let format = recipe.format(parameter.name, layers, source);
        load_one(checkpoint, parameter, format, executor, ids, &mut loaded).await?;
        read += bytes;
        progress(Progress {
            stage: Stage::Download,
            loaded: read,
            total,
        });
    }
    Ok(loaded)
}

/// Bytes that `parameters` take on a device by `recipe`, where none has to be sharded.
///
/// # Errors
/// `missing_tensor` or `bad_file` when the checkpoint does not hold them.
pub fn resident_bytes<F: Files>(
    checkpoint: &Checkpoint<F>,
    parameters: &[Parameter],
    recipe: &Recipe,
) -> Result<u64> {
    let layers = layers(parameters);
    let bytes = parameters.iter().map(|parameter| {
        parameter.check(checkpoint)?;
        let source = parameter.block_type(checkpoint);
        let format = recipe.format(parameter.name, layers, source);
        Ok(match parameter.shape.weight() {
            None => parameter.shape.numbers() * 4,
            Some((n, k, _)) => format.for_columns(k).bytes(n, k),
        })
    });
    bytes.sum()
}

/// Layers that `parameters` belong to.
pub fn layers(parameters: &[Parameter]) -> usize {
    let layers = parameters.iter().filter_map(|parameter| parameter.name.1);
    layers.max().map_or(0, |last| last + 1)
}

/// Bytes of each of `parameters` in the checkpoint, once it is known to hold them in their shapes.
///
/// # Errors
/// `missing_tensor`, or `bad_file` for another shape.
pub fn source_sizes<F: Files>(
    checkpoint: &Checkpoint<F>,
    parameters: &[Parameter],
) -> Result<Vec<u64>> {
    let size = |parameter: &Parameter| {
        parameter.check(checkpoint)?;
        source_bytes(checkpoint, parameter)
    };
    parameters.iter().map(size).collect()
}

fn source_bytes<F: Files>(checkpoint: &Checkpoint<F>, parameter: &Parameter) -> Result<u64> {
    let tensors = parameter.tensors();
    tensors
        .iter()
        .map(|name| Ok(checkpoint.require(name)?.bytes))
        .sum()
}

async fn load_one<F: Files, E: Executor>(
    checkpoint: &Checkpoint<F>,
    parameter: &Parameter,
    format: Format,
    executor: &mut E,
    ids: &mut BufferIds,
    loaded: &mut Loaded,
) -> Result<()> {
    let shape = parameter.shape;
    loaded.parameters += shape.numbers();
    if let Some(weight) = shape.weight() {
        let Source::Stored(assembly) = &parameter.source else {
            unreachable!("matrices are stored");
        };
        if !loaded.formats.contains(&format) {
            loaded.formats.push(format);
        }
        let format = format.for_columns(weight.1);
        let role = parameter.name.0;
        let matrix =
            load_matrix(checkpoint, (role, assembly), weight, format, executor, ids).await?;
        let bytes = |shard: &Shard| format.bytes(shard.rows as usize, weight.1);
        loaded.resident_bytes += matrix.shards.iter().map(bytes).sum::<u64>();
        loaded.weights.matrices.insert(parameter.name, matrix);
        return Ok(());
    }
    let values = values(checkpoint, &parameter.source).await?;
    let id = write_floats(&values, shape, parameter.name.0, executor, ids).await?;
    loaded.resident_bytes += shape.numbers() * 4;
    match shape {
        Shape::Table(rows, columns) => {
            let matrix = Matrix::whole(Format::F32, rows as u32, columns as u32, id);
            loaded.weights.matrices.insert(parameter.name, matrix);
        }
        _ => {
            loaded.weights.vectors.insert(parameter.name, id);
        }
    }
    Ok(())
}

/// All numbers of a small parameter.
async fn values<F: Files>(checkpoint: &Checkpoint<F>, source: &Source) -> Result<Vec<f32>> {
    let mut values = Vec::new();
    match source {
        Source::Stored(assembly) => {
            let all = 0..usize::MAX;
            checkpoint
                .read_assembled(assembly, all, &mut values)
                .await?;
            Ok(values)
        }
        Source::Computed(computed) => {
            let mut inputs = Vec::with_capacity(computed.inputs.len());
            for (assembly, _) in &computed.inputs {
                let all = 0..usize::MAX;
                checkpoint
                    .read_assembled(assembly, all, &mut values)
                    .await?;
                inputs.push(values.clone());
            }
            Ok((computed.compute)(&inputs))
        }
    }
}

async fn write_floats<E: Executor>(
    values: &[f32],
    shape: Shape,
    name: &str,
    executor: &mut E,
    ids: &mut BufferIds,
) -> Result<BufferId> {
    debug_assert_eq!(values.len() as u64, shape.numbers(), "{name}");
    let id = ids.fresh();
    executor.allocate(id, name, shape.numbers() * 4).await?;
    executor.write(id, 0, bytemuck::cast_slice(values))?;
    Ok(id)
}

async fn load_matrix<F: Files, E: Executor>(
    checkpoint: &Checkpoint<F>,
    (role, assembly): (&str, &Assembly),
    (rows, columns, together): (usize, usize, usize),
    format: Format,
    executor: &mut E,
    ids: &mut BufferIds,
) -> Result<Matrix> {
    let mut shards = Vec::new();
    let limit = executor.binding_limit();
    for range in shard_ranges(rows, (columns, together), format, limit) {
        let id = ids.fresh();
        executor
            .allocate(id, role, format.bytes(range.len(), columns))
            .await?;
        shards.push(Shard {
            buffer: id,
            first_row: range.start as u32,
            rows: range.len() as u32,
            scale_offset: (format.scale_offset(range.len(), columns) / 4) as u32,
        });
        let sink = |offset, piece: &[u8]| executor.write(id, offset, piece);
        checkpoint
            .read_rows_packed(assembly, range, format, sink)
            .await?;
    }
    Ok(Matrix {
        format,
        rows: rows as u32,
        columns: columns as u32,
        shards,
    })
}

/// Row ranges that fit a binding each. Where one row needs no others beside it, all but the last start
/// and end at row groups, so that alternating rows stay together.
fn shard_ranges(
    rows: usize,
    (columns, together): (usize, usize),
    format: Format,
    binding_limit: u64,
) -> Vec<std::ops::Range<usize>> {
    let unit = if together > 1 { together } else { GROUP_ROWS };
    let units = (binding_limit / format.bytes(unit, columns).max(1)).max(1) as usize;
    let step = units * unit;
    (0..rows)
        .step_by(step)
        .map(|first| first..rows.min(first + step))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_every_row_once_and_fit() {
        for (rows, limit) in [(1000, 40_000), (32, 1), (33, 4096 * 4), (64, u64::MAX)] {
            let ranges = shard_ranges(rows, (64, 1), Format::F32, limit);
            assert_eq!(ranges.first().map(|r| r.start), Some(0));
            assert_eq!(ranges.last().map(|r| r.end), Some(rows));
            assert!(ranges.windows(2).all(|w| w[0].end == w[1].start));
            let fits = |r: &std::ops::Range<usize>| Format::F32.bytes(r.len(), 64) <= limit;
            assert!(ranges.iter().all(fits) || limit < Format::F32.bytes(GROUP_ROWS, 64));
        }
    }

    #[test]
    fn an_expert_is_whole_in_its_shard() {
        let bytes = Format::F32.bytes(12, 64);
        let starts = |limit| {
            let ranges = shard_ranges(60, (64, 12), Format::F32, limit);
            ranges.iter().map(|range| range.start).collect::<Vec<_>>()
        };
        assert_eq!(starts(1), [0, 12, 24, 36, 48]);
        assert_eq!(starts(2 * bytes + 1), [0, 24, 48]);
        assert_eq!(starts(u64::MAX), [0]);
    }
}
