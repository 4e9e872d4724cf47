//! From the files to an executor's buffer, a row group at a time.

use std::ops::Range;

use super::assembly::Assembly;
use super::checkpoint::Checkpoint;
use super::files::Files;
use super::format::{Format, GROUP_ROWS, Unfit};
use crate::{Error, Result};

/// Weights read before they are packed: 8 MiB of f32.
const GROUP_WEIGHTS: usize = 2 << 20;

impl<F: Files> Checkpoint<F> {
    /// Packs rows `rows` of a parameter as a weight `[rows, columns]` of their own, in
    /// `format`, and hands the pieces of its buffer to `sink` with the byte where each belongs
    /// (both multiples of 4). Together they are [`Format::bytes`] long. A tensor over a binding
    /// limit is stored as several such weights (row shards).
    ///
    /// In memory at a time: about 8 MiB of f32 rows (or [`GROUP_ROWS`] rows, if longer), their
    /// packed bytes, and one read.
    ///
    /// # Errors
    /// As [`read_assembled`](Self::read_assembled); [`BadInput`](crate::ErrorCode::BadInput) when
    /// the columns do not suit `format` (ask [`Format::for_columns`] first);
    /// [`UnsupportedModel`](crate::ErrorCode::UnsupportedModel) when a weight is too large for
    /// it; whatever `sink` returns.
    pub async fn read_rows_packed(
        &self,
        assembly: &Assembly,
        rows: Range<usize>,
        format: Format,
        mut sink: impl FnMut(u64, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let (_, columns) = self.assembled_shape(assembly)?;
        let fit = format.for_columns(columns);
        if fit != format {
            return Err(Error::bad_input(format!(
                "{assembly} has rows of {columns}, which {format} cannot hold; use {fit}"
            )));
        }
        // Rows without columns have nothing to read, however many a header claims.
        let count = if columns == 0 { 0 } else { rows.len() };
        let group = group_rows(columns);
        let mut values = Vec::new();
        for first in (0..count).step_by(group) {
            let last = count.min(first + group);
            let here = rows.start + first..rows.start + last;
            self.read_assembled(assembly, here.clone(), &mut values)
                .await?;
            let planes = format
                .pack(&values, columns)
                .map_err(|unfit| self.too_large(assembly, here.start, columns, unfit))?;
            let (quants, scales) = format.group_offsets(count, columns, first);
            sink(quants, &planes.quants)?;
            if !planes.scales.is_empty() {
                sink(scales, &planes.scales)?;
            }
        }
        Ok(())
    }

    fn too_large(
        &self,
        assembly: &Assembly,
        first_row: usize,
        columns: usize,
        unfit: Unfit,
    ) -> Error {
        let Unfit {
            format,
            index,
            value,
            largest,
        } = unfit;
        let row = first_row + index / columns;
        let file = self.tensor(&assembly.tensors()[0]).map(|t| t.file.clone());
        Error::unsupported(format!(
            "{}: {assembly} holds {value} in row {row}, but {format} holds up to ±{largest}; \
             load it as f32",
            file.as_deref().unwrap_or_default()
        ))
    }
}

/// Rows a group: a multiple of [`GROUP_ROWS`].
fn group_rows(columns: usize) -> usize {
    let fitting = GROUP_WEIGHTS / columns.max(1);
    (fitting / GROUP_ROWS).max(1) * GROUP_ROWS
}
