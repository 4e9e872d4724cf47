//! A checkpoint: its tensors by name, wherever they lie, read by rows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::dtype::SourceDtype;
use super::files::{Files, missing_file};
use super::index::{INDEX, read_index};
use super::safetensors::read_header;
use super::tensor_info::TensorInfo;
use super::whole_file::read_exactly;
use crate::{Error, ErrorCode, Result};

/// The file of a checkpoint that is not sharded.
const SINGLE: &str = "model.safetensors";

/// Bytes asked of the source at a time: what reading adds to the caller's f32 rows.
const READ_BYTES: usize = 4 << 20;

/// The tensors of a folder: `model.safetensors`, or the shards its index names.
///
/// Opening reads headers only; [`read_rows_f32`](Self::read_rows_f32) fetches weights by range.
#[derive(Debug)]
pub struct Checkpoint<F: Files> {
    files: F,
    tensors: BTreeMap<String, TensorInfo>,
}

impl<F: Files> Checkpoint<F> {
    /// Opens the folder `files`. A single `model.safetensors` wins over an index.
    ///
    /// # Errors
    /// [`ErrorCode::MissingFile`] when there is neither, or a shard is absent;
    /// [`ErrorCode::BadFile`] when a file is truncated, corrupt or lies about itself.
    pub async fn open(files: F) -> Result<Self> {
        if files.size(SINGLE).await?.is_some() {
            return Self::open_file(files, SINGLE).await;
        }
        let Some(weight_map) = read_index(&files).await? else {
            let message = format!(
                "the model folder has neither {SINGLE} nor {INDEX}; expected a Hugging Face \
                 folder with safetensors weights"
            );
            return Err(Error::new(ErrorCode::MissingFile, message));
        };
        let tensors = read_shards(&files, &weight_map).await?;
        Ok(Self { files, tensors })
    }

    /// Opens one safetensors file of the folder, whatever its name.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_file(files: F, file: &str) -> Result<Self> {
        let tensors = read_header(&files, file).await?;
        Ok(Self { files, tensors })
    }

    /// The folder that the checkpoint was opened from.
    pub fn files(&self) -> &F {
        &self.files
    }

    /// The tensor called `name`.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.tensors.get(name)
    }

    /// The tensor called `name`, which must be there.
    ///
    /// # Errors
    /// [`ErrorCode::MissingTensor`] naming it.
    pub fn require(&self, name: &str) -> Result<&TensorInfo> {
        self.tensor(name).ok_or_else(|| {
            let count = self.tensors.len();
            let message = format!("missing tensor {name:?}; the checkpoint holds {count} tensors");
            Error::new(ErrorCode::MissingTensor, message)
        })
    }

    /// All tensors, in the order of their names.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = &TensorInfo> {
        self.tensors.values()
    }

    /// All names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Reads rows `rows` of `name` as f32 into `out`, replacing what it held: `[rows, columns]`,
    /// row-major. Beside `out` at most 4 MiB are in memory.
    ///
    /// # Errors
    /// [`ErrorCode::MissingTensor`]; [`ErrorCode::UnsupportedModel`] when it is not F32, F16 or
    /// BF16; [`ErrorCode::BadInput`] for rows it does not have; [`ErrorCode::BadFile`] when the
    /// file is too short or a weight is NaN or infinite; whatever the source reports.
    pub async fn read_rows_f32(
        &self,
        name: &str,
        rows: Range<usize>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        let tensor = self.require(name)?;
        let element = weight_bytes(tensor)? as u64;
        if rows.start > rows.end || rows.end > tensor.rows() {
            let count = tensor.rows();
            return Err(Error::bad_input(format!(
                "tensor {name:?} has {count} rows; rows {rows:?} were asked for"
            )));
        }
        let row_bytes = tensor.columns() as u64 * element;
        let end = tensor.offset + rows.end as u64 * row_bytes;
        let mut at = tensor.offset + rows.start as u64 * row_bytes;
        out.clear();
        reserve(tensor, rows.len(), out)?;
        while at < end {
            let length = (end - at).min(READ_BYTES as u64);
            let bytes = read_exactly(&self.files, &tensor.file, at, length).await?;
            tensor.dtype.widen(&bytes, out);
            at += length;
        }
        check_finite(tensor, rows.start, out)
    }
}

/// Headers of all shards in `weight_map`, and from them the tensors it names.
async fn read_shards<F: Files>(
    files: &F,
    weight_map: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, TensorInfo>> {
    let shards: BTreeSet<&String> = weight_map.values().collect();
    let mut tensors = BTreeMap::new();
    for shard in shards {
        if files.size(shard).await?.is_none() {
            let Error { code, message } = missing_file(shard);
            return Err(Error::new(code, format!("{message}, but {INDEX} names it")));
        }
        let held = read_header(files, shard).await?;
        // A shard may hold tensors that the index places elsewhere: the index decides.
        let chosen = |name: &String| weight_map.get(name) == Some(shard);
        tensors.extend(held.into_iter().filter(|(name, _)| chosen(name)));
    }
    match weight_map
        .iter()
        .find(|(name, _)| !tensors.contains_key(*name))
    {
        Some((name, shard)) => Err(Error::bad_file(format!(
            "{INDEX} places tensor {name:?} in {shard}, but that file does not hold it"
        ))),
        None => Ok(tensors),
    }
}

/// Makes room for `rows` rows. They lie in the file, so a small file never asks for much; but a
/// large one may ask for more than a browser tab has.
fn reserve(tensor: &TensorInfo, rows: usize, out: &mut Vec<f32>) -> Result<()> {
    let room = rows.checked_mul(tensor.columns());
    let reserved = room.is_some_and(|room| out.try_reserve_exact(room).is_ok());
    if reserved {
        return Ok(());
    }
    let TensorInfo { name, .. } = tensor;
    let message = format!("no memory for {rows} rows of tensor {name:?}; read fewer at a time");
    Err(Error::new(ErrorCode::OutOfMemory, message))
}

/// Bytes an element of a tensor whose type can be read as weights.
fn weight_bytes(tensor: &TensorInfo) -> Result<usize> {
    tensor.dtype.weight_bytes().ok_or_else(|| {
        let TensorInfo {
            name, dtype, file, ..
        } = tensor;
        let [f32, f16, bf16] = [SourceDtype::F32, SourceDtype::F16, SourceDtype::BF16];
        Error::unsupported(format!(
            "tensor {name:?} in {file} has type {dtype}; only {f32}, {f16} and {bf16} weights \
             can be read"
        ))
    })
}

/// Refuses NaN and infinity: one such weight turns every later number into NaN.
fn check_finite(tensor: &TensorInfo, first_row: usize, values: &[f32]) -> Result<()> {
    let Some(index) = values.iter().position(|value| !value.is_finite()) else {
        return Ok(());
    };
    let columns = tensor.columns();
    let (row, column) = (first_row + index / columns, index % columns);
    Err(Error::bad_file(format!(
        "{}: tensor {:?} holds {} in row {row}, column {column}; expected finite weights only",
        tensor.file, tensor.name, values[index]
    )))
}
