//! A parameter made of several tensors: stacked, or with alternating rows.

use std::fmt;

use super::checkpoint::Checkpoint;
use super::files::Files;
use super::rows::{self, Element};
use crate::{Error, Result};
use std::ops::Range;

/// How a checkpoint's tensors make up one parameter `[rows, columns]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assembly {
    /// The rows of the first tensor, then those of the second, ...: QKV in one product.
    Stacked(Vec<String>),
    /// Row 0 of a pair's first, row 0 of its second, row 1 of its first, ...: gate and up side by
    /// side, so that one product can apply SwiGLU. Pairs, which are of one shape, lie one behind the
    /// other: experts.
    Alternating(Vec<[String; 2]>),
    /// Row 0 of the tensor's first half, row 0 of its second, row 1 of the first, ...
    Halves(String),
    /// These rows of the tensor, one range behind the other.
    Reordered(String, Vec<Range<usize>>),
    /// Columns of the tensor as rows, for a weight that is stored `[in, out]`.
    Transposed(String),
}

impl Assembly {
    /// The tensors, in order.
    #[must_use]
    pub fn tensors(&self) -> &[String] {
        match self {
            Self::Stacked(names) => names,
            Self::Alternating(pairs) => pairs.as_flattened(),
            Self::Halves(name) | Self::Reordered(name, _) | Self::Transposed(name) => {
                std::slice::from_ref(name)
            }
        }
    }

    /// Where each row of the parameter comes from: which of the tensors, and which of its rows. `counts`
    /// are the rows of each tensor.
    ///
    /// # Panics
    /// For columns as rows: those have no row of their own.
    #[must_use]
    pub fn origins(&self, counts: &[usize]) -> Vec<(usize, usize)> {
        let alternating = |first: [(usize, usize); 2], count: usize| {
            let rows = 0..count;
            let pair = |row| first.map(|(tensor, start)| (tensor, start + row));
            rows.flat_map(pair).collect()
        };
        match self {
            Self::Stacked(_) => {
                let tensors = counts.iter().enumerate();
                let rows =
                    |(tensor, count): (usize, &usize)| (0..*count).map(move |row| (tensor, row));
                tensors.flat_map(rows).collect()
            }
            Self::Alternating(_) => alternating([(0, 0), (1, 0)], counts[0]),
            Self::Halves(_) => alternating([(0, 0), (0, counts[0] / 2)], counts[0] / 2),
            Self::Reordered(_, ranges) => {
                let rows = ranges.iter().cloned().flatten();
                rows.map(|row| (0, row)).collect()
            }
            Self::Transposed(name) => panic!("{name} is stored column by column"),
        }
    }
}

impl fmt::Display for Assembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tensor {:?}", self.tensors()[0])?;
        self.tensors()[1..]
            .iter()
            .try_for_each(|name| write!(f, " with {name:?}"))
    }
}

impl<F: Files> Checkpoint<F> {
    /// Rows and columns of `assembly`; stacked vectors are one row.
    ///
    /// # Errors
    /// `missing_tensor`; `bad_file` when the tensors do not fit together.
    pub fn assembled_shape(&self, assembly: &Assembly) -> Result<(usize, usize)> {
        let tensors = assembly.tensors().iter().map(|name| self.require(name));
        let tensors = tensors.collect::<Result<Vec<_>>>()?;
        if tensors.iter().all(|t| t.shape.len() == 1) {
            return Ok((1, tensors.iter().map(|t| t.columns()).sum()));
        }
        let columns = tensors[0].columns();
        match assembly {
            Assembly::Transposed(_) => return Ok((columns, tensors[0].rows())),
            Assembly::Reordered(_, ranges) => {
                // Rows that the tensor does not have are found where they are read.
                return Ok((ranges.iter().map(ExactSizeIterator::len).sum(), columns));
            }
            Assembly::Stacked(_) | Assembly::Alternating(_) | Assembly::Halves(_) => {}
        }
        let alternate = matches!(assembly, Assembly::Alternating(_));
        let fit = |rows: usize| !alternate || rows == tensors[0].rows();
        if tensors
            .iter()
            .any(|t| t.columns() != columns || !fit(t.rows()))
        {
            return Err(Error::bad_file(format!(
                "{assembly}: the shapes do not fit together; the checkpoint is damaged, download it again"
            )));
        }
        Ok((tensors.iter().map(|t| t.rows()).sum(), columns))
    }

    /// Reads rows of the assembled parameter as f32 into `out`, replacing what it held.
    ///
    /// # Errors
    /// As [`Self::read_rows_f32`].
    pub async fn read_assembled(
        &self,
        assembly: &Assembly,
        rows: Range<usize>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        match assembly {
            Assembly::Transposed(name) => self.read_transposed(name, rows, out).await,
            _ => self.assemble(assembly, rows, out).await,
        }
    }

    /// Reads rows of the assembled parameter, as f32 weights or as the bytes of the files.
    pub(super) async fn assemble<E: Element>(
        &self,
        assembly: &Assembly,
        rows: Range<usize>,
        out: &mut Vec<E>,
    ) -> Result<()> {
        match assembly {
            Assembly::Stacked(names) => self.read_stacked(names, rows, out).await,
            Assembly::Alternating(pairs) => self.read_pairs(pairs, rows, out).await,
            Assembly::Halves(name) => {
                let half = self.require(name)?.rows() / 2;
                out.clear();
                self.append_alternating([name, name], [0, half], rows, out)
                    .await
            }
            Assembly::Reordered(name, ranges) => self.read_reordered(name, ranges, rows, out).await,
            Assembly::Transposed(name) => Err(Error::bad_file(format!(
                "{name} is stored column by column and cannot be read as it lies"
            ))),
        }
    }

    async fn read_stacked<E: Element>(
        &self,
        names: &[String],
        rows: Range<usize>,
        out: &mut Vec<E>,
    ) -> Result<()> {
        out.clear();
        let mut piece = Vec::new();
        let mut first = 0;
        for name in names {
            let tensor = self.require(name)?;
            let count = tensor.rows();
            let from = rows.start.clamp(first, first + count) - first;
            let to = rows.end.clamp(first, first + count) - first;
            if from < to {
                rows::read(self, tensor, from..to, &mut piece).await?;
                out.extend_from_slice(&piece);
            }
            first += count;
        }
        Ok(())
    }

    async fn read_pairs<E: Element>(
        &self,
        pairs: &[[String; 2]],
        rows: Range<usize>,
        out: &mut Vec<E>,
    ) -> Result<()> {
        out.clear();
        let mut first = 0;
        for pair in pairs {
            let names = pair.each_ref().map(String::as_str);
            let count = 2 * self.require(names[0])?.rows();
            let from = rows.start.clamp(first, first + count) - first;
            let to = rows.end.clamp(first, first + count) - first;
            if from < to {
                self.append_alternating(names, [0, 0], from..to, out)
                    .await?;
            }
            first += count;
        }
        Ok(())
    }

    /// `rows` starts and ends at even rows; those of each tensor begin at its `first`.
    async fn append_alternating<E: Element>(
        &self,
        names: [&str; 2],
        first: [usize; 2],
        rows: Range<usize>,
        out: &mut Vec<E>,
    ) -> Result<()> {
        debug_assert!(
            rows.start.is_multiple_of(2) && rows.end.is_multiple_of(2),
            "row groups are even"
        );
        let half = |first: usize| first + rows.start / 2..first + rows.end / 2;
        let tensors = [self.require(names[0])?, self.require(names[1])?];
        let (mut even, mut odd) = (Vec::new(), Vec::new());
        rows::read(self, tensors[0], half(first[0]), &mut even).await?;
        rows::read(self, tensors[1], half(first[1]), &mut odd).await?;
        let columns = E::columns(tensors[0]);
        for (a, b) in even.chunks_exact(columns).zip(odd.chunks_exact(columns)) {
            out.extend_from_slice(a);
            out.extend_from_slice(b);
        }
        Ok(())
    }

    async fn read_reordered<E: Element>(
        &self,
        name: &str,
        ranges: &[Range<usize>],
        rows: Range<usize>,
        out: &mut Vec<E>,
    ) -> Result<()> {
        out.clear();
        let tensor = self.require(name)?;
        let mut piece = Vec::new();
        let mut first = 0;
        for range in ranges {
            let count = range.len();
            let from = rows.start.clamp(first, first + count) - first;
            let to = rows.end.clamp(first, first + count) - first;
            if from < to {
                let here = range.start + from..range.start + to;
                rows::read(self, tensor, here, &mut piece).await?;
                out.extend_from_slice(&piece);
            }
            first += count;
        }
        Ok(())
    }

    /// Reads the whole tensor, a few of its rows at a time.
    async fn read_transposed(
        &self,
        name: &str,
        rows: Range<usize>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        const PIECE_NUMBERS: usize = 1 << 20;
        let tensor = self.require(name)?;
        let (height, width) = (tensor.rows(), tensor.columns());
        let rows = rows.start.min(width)..rows.end.min(width);
        let step = (PIECE_NUMBERS / width.max(1)).max(1);
        let mut piece = Vec::new();
        out.clear();
        for first in (0..height).step_by(step) {
            let here = first..height.min(first + step);
            self.read_rows_f32(name, here, &mut piece).await?;
            // The file held these rows, so the buffer below is no larger than it.
            out.resize(rows.len() * height, 0.0);
            for (k, source) in piece.chunks_exact(width).enumerate() {
                for (r, value) in source[rows.clone()].iter().enumerate() {
                    out[r * height + first + k] = *value;
                }
            }
        }
        Ok(())
    }
}
