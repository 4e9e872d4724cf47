//! Rows of one tensor, as f32 weights or as the bytes of the file.

use std::ops::Range;

use super::checkpoint::Checkpoint;
use super::files::Files;
use super::packed::{Kept, Packed};
use super::tensor_info::{RowOrder, TensorInfo};
use super::whole_file::read_exactly;
use crate::{Error, ErrorCode, Result};

/// Bytes asked of the source at a time: what reading adds to the caller's rows.
const READ_BYTES: usize = 4 << 20;

/// What rows are read as: `f32` for weights, `u8` for the bytes of the file.
pub(super) trait Element: Copy {
    /// Elements of a row of `tensor`.
    fn columns(tensor: &TensorInfo) -> usize;

    /// Appends whole blocks of `tensor`.
    fn append(tensor: &TensorInfo, bytes: &[u8], out: &mut Vec<Self>);

    /// Reads rows of a weight that is stored as several tensors.
    async fn read_packed<F: Files>(
        source: (&F, &Kept),
        tensor: &TensorInfo,
        packed: &Packed,
        rows: Range<usize>,
        out: &mut Vec<Self>,
    ) -> Result<()>;

    /// Refuses what was read from row `first` on, where it cannot be used.
    fn check(tensor: &TensorInfo, first: usize, values: &[Self]) -> Result<()>;
}

impl Element for f32 {
    fn columns(tensor: &TensorInfo) -> usize {
        tensor.columns()
    }

    fn append(tensor: &TensorInfo, bytes: &[u8], out: &mut Vec<Self>) {
        tensor.dtype.widen(bytes, out);
    }

    async fn read_packed<F: Files>(
        source: (&F, &Kept),
        tensor: &TensorInfo,
        packed: &Packed,
        rows: Range<usize>,
        out: &mut Vec<Self>,
    ) -> Result<()> {
        reserve(tensor, rows.len().saturating_mul(tensor.columns()), out)?;
        let shape = (tensor.rows(), tensor.columns());
        packed.read(source, shape, rows, out).await
    }

    fn check(tensor: &TensorInfo, first: usize, values: &[Self]) -> Result<()> {
        check_finite(tensor, first, values)
    }
}

impl Element for u8 {
    fn columns(tensor: &TensorInfo) -> usize {
        tensor.row_bytes() as usize
    }

    fn append(_: &TensorInfo, bytes: &[u8], out: &mut Vec<Self>) {
        out.extend_from_slice(bytes);
    }

    async fn read_packed<F: Files>(
        _: (&F, &Kept),
        tensor: &TensorInfo,
        _: &Packed,
        _: Range<usize>,
        _: &mut Vec<Self>,
    ) -> Result<()> {
        let TensorInfo { name, .. } = tensor;
        Err(Error::bad_input(format!(
            "the packed tensor {name:?} has no bytes of its own; read its weights"
        )))
    }

    fn check(_: &TensorInfo, _: usize, _: &[Self]) -> Result<()> {
        Ok(())
    }
}

/// Rows `rows` of `tensor` into `out`, replacing what it held, in the order of the checkpoint.
///
/// # Errors
/// `unsupported_model` when its type holds no weights; `bad_input` for rows it does not have;
/// `out_of_memory`; `bad_file` when the file is too short or a weight is not finite; whatever the
/// source reports.
pub(super) async fn read<F: Files, E: Element>(
    checkpoint: &Checkpoint<F>,
    tensor: &TensorInfo,
    rows: Range<usize>,
    out: &mut Vec<E>,
) -> Result<()> {
    require_weights(tensor)?;
    let TensorInfo { name, .. } = tensor;
    if rows.start > rows.end || rows.end > tensor.rows() {
        let count = tensor.rows();
        return Err(Error::bad_input(format!(
            "tensor {name:?} has {count} rows; rows {rows:?} were asked for"
        )));
    }
    let (files, first) = (checkpoint.files(), rows.start);
    if let Some(packed) = &tensor.packed {
        out.clear();
        E::read_packed((files, checkpoint.kept()), tensor, packed, rows, out).await?;
        return E::check(tensor, first, out);
    }
    match tensor.order {
        RowOrder::Plain => read_stored(files, tensor, rows, out).await?,
        RowOrder::Interleaved(head) => {
            // A head is read whole: its rows lie among each other.
            let heads = match tensor.shape.len() {
                ..2 => rows.clone(),
                _ => rows.start / head * head..rows.end.next_multiple_of(head),
            };
            let mut stored = Vec::new();
            read_stored(files, tensor, heads.clone(), &mut stored).await?;
            out.clear();
            gather(tensor, (heads, rows), &stored, out)?;
        }
    }
    E::check(tensor, first, out)
}

/// Appends `rows` from `stored`, which holds the file's rows `held`.
fn gather<E: Element>(
    tensor: &TensorInfo,
    (held, rows): (Range<usize>, Range<usize>),
    stored: &[E],
    out: &mut Vec<E>,
) -> Result<()> {
    // The elements of a vector lie as the rows of its matrix do.
    let (columns, held, rows) = match tensor.shape.len() {
        ..2 => (
            E::columns(tensor) / tensor.columns().max(1),
            0,
            0..tensor.columns(),
        ),
        _ => (E::columns(tensor), held.start, rows),
    };
    reserve(tensor, rows.len() * columns, out)?;
    for row in rows {
        let at = (tensor.order.stored(row) - held) * columns;
        out.extend_from_slice(&stored[at..at + columns]);
    }
    Ok(())
}

/// Rows as the file has them.
async fn read_stored<F: Files, E: Element>(
    files: &F,
    tensor: &TensorInfo,
    rows: Range<usize>,
    out: &mut Vec<E>,
) -> Result<()> {
    let (_, block) = tensor.dtype.block();
    let most = (READ_BYTES / block * block) as u64;
    let end = tensor.offset + rows.end as u64 * tensor.row_bytes();
    let mut at = tensor.offset + rows.start as u64 * tensor.row_bytes();
    out.clear();
    let room = rows.len().saturating_mul(E::columns(tensor));
    reserve(tensor, room, out)?;
    while at < end {
        let length = (end - at).min(most);
        let bytes = read_exactly(files, &tensor.file, at, length).await?;
        E::append(tensor, &bytes, out);
        at += length;
    }
    Ok(())
}

/// Makes room for `count` elements. They lie in the file, so a small file never asks for much; but
/// a large one may ask for more than a browser tab has.
fn reserve<E>(tensor: &TensorInfo, count: usize, out: &mut Vec<E>) -> Result<()> {
    out.try_reserve_exact(count).map_err(|_| {
        let TensorInfo { name, .. } = tensor;
        let message = format!("no memory for {count} weights of tensor {name:?}; read fewer rows");
        Error::new(ErrorCode::OutOfMemory, message)
    })
}

impl<F: Files> Checkpoint<F> {
    /// Reads rows `rows` of `name` as f32 into `out`, replacing what it held: `[rows, columns]`,
    /// row-major. Beside `out` at most 4 MiB are in memory, or `out` once more where the file has
    /// its rows in another order.
    ///
    /// # Errors
    /// [`ErrorCode::MissingTensor`]; [`ErrorCode::UnsupportedModel`] when its type holds no
    /// weights; [`ErrorCode::BadInput`] for rows it does not have; [`ErrorCode::BadFile`] when the
    /// file is too short or a weight is NaN or infinite; whatever the source reports.
    pub async fn read_rows_f32(
        &self,
        name: &str,
        rows: Range<usize>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        read(self, self.require(name)?, rows, out).await
    }
}

/// Refuses a tensor whose type cannot be read as weights.
fn require_weights(tensor: &TensorInfo) -> Result<()> {
    if tensor.dtype.holds_weights() {
        return Ok(());
    }
    let TensorInfo {
        name, dtype, file, ..
    } = tensor;
    Err(Error::unsupported(format!(
        "tensor {name:?} in {file} has type {dtype}; weights can be read from F32, F16 and BF16 \
         and from {}",
        super::blocks::BlockType::ALL
            .map(|kind| kind.as_str())
            .join(", ")
    )))
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
