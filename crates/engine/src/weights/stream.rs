//! From the files to an executor's buffer, a row group at a time.

use std::ops::Range;

use super::assembly::Assembly;
use super::blocks::BlockType;
use super::checkpoint::Checkpoint;
use super::dtype::SourceDtype;
use super::files::Files;
use super::format::{Format, GROUP_ROWS, Planes, Unfit};
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
        let group = |group: Range<usize>, planes: Planes| {
            let (quants, scales) = format.group_offsets(rows.len(), columns, group.start);
            sink(quants, &planes.quants)?;
            match planes.scales.is_empty() {
                true => Ok(()),
                false => sink(scales, &planes.scales),
            }
        };
        self.read_row_groups(assembly, rows.clone(), format, group)
            .await
    }

    /// Packs rows `rows` of a parameter in `format`, which suits its columns, and hands the planes
    /// of each row group to `sink` with its rows, counted from `rows.start`.
    /// What the files have as the blocks of this very format is not rounded again.
    ///
    /// # Errors
    /// As [`read_rows_packed`](Self::read_rows_packed).
    pub async fn read_row_groups(
        &self,
        assembly: &Assembly,
        rows: Range<usize>,
        format: Format,
        mut sink: impl FnMut(Range<usize>, Planes) -> Result<()>,
    ) -> Result<()> {
        let (_, columns) = self.assembled_shape(assembly)?;
        // Rows without columns have nothing to read, however many a header claims.
        let count = if columns == 0 { 0 } else { rows.len() };
        let group = group_rows(columns);
        let is_kept = self
            .block_type(assembly)
            .is_some_and(|kind| format.block_type() == Some(kind));
        let (mut values, mut blocks) = (Vec::new(), Vec::new());
        for first in (0..count).step_by(group) {
            let last = count.min(first + group);
            let here = rows.start + first..rows.start + last;
            let start = here.start;
            let planes = if is_kept {
                self.assemble(assembly, here, &mut blocks).await?;
                let planes = format.split_blocks(&blocks);
                planes.map_err(|block| self.not_finite(assembly, start, (columns, block)))?
            } else {
                self.read_assembled(assembly, here, &mut values).await?;
                let planes = format.pack(&values, columns);
                planes.map_err(|unfit| self.too_large(assembly, start, columns, unfit))?
            };
            sink(first..last, planes)?;
        }
        Ok(())
    }

    /// The block type of all tensors of `assembly`, where it is one.
    pub fn block_type(&self, assembly: &Assembly) -> Option<BlockType> {
        if matches!(assembly, Assembly::Transposed(_)) {
            return None;
        }
        let mut kinds = assembly
            .tensors()
            .iter()
            .map(|name| match self.tensor(name)?.dtype {
                SourceDtype::Block(kind) => Some(kind),
                _ => None,
            });
        let first = kinds.next()??;
        kinds.all(|kind| kind == Some(first)).then_some(first)
    }

    fn not_finite(
        &self,
        assembly: &Assembly,
        first_row: usize,
        (columns, block): (usize, usize),
    ) -> Error {
        const BLOCK: usize = 32;
        let row = first_row + block * BLOCK / columns;
        Error::bad_file(format!(
            "{}: {assembly} has a scale that is NaN or infinite in row {row}; expected finite \
             weights only",
            self.file_of(assembly)
        ))
    }

    fn file_of(&self, assembly: &Assembly) -> &str {
        self.tensor(&assembly.tensors()[0])
            .map_or("the checkpoint", |tensor| &tensor.file)
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
        Error::unsupported(format!(
            "{}: {assembly} holds {value} in row {row}, but {format} holds up to ±{largest}; \
             load it as f32",
            self.file_of(assembly)
        ))
    }
}

/// Rows a group: a multiple of [`GROUP_ROWS`].
fn group_rows(columns: usize) -> usize {
    let fitting = GROUP_WEIGHTS / columns.max(1);
    (fitting / GROUP_ROWS).max(1) * GROUP_ROWS
}
