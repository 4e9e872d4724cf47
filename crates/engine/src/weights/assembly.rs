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
    /// Row 0 of the first, row 0 of the second, row 1 of the first, ...: gate and up side by
    /// side, so that one product can apply SwiGLU.
    Alternating([String; 2]),
}

impl Assembly {
    /// The tensors, in order.
    #[must_use]
    pub fn tensors(&self) -> &[String] {
        match self {
            Self::Stacked(names) => names,
            Self::Alternating(names) => names,
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
        self.assemble(assembly, rows, out).await
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
            Assembly::Alternating(names) => self.read_alternating(names, rows, out).await,
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

    /// `rows` starts and ends at even rows.
    async fn read_alternating<E: Element>(
        &self,
        names: &[String; 2],
        rows: Range<usize>,
        out: &mut Vec<E>,
    ) -> Result<()> {
        debug_assert!(
            rows.start.is_multiple_of(2) && rows.end.is_multiple_of(2),
            "row groups are even"
        );
        let half = rows.start / 2..rows.end / 2;
        let [first, second] = [self.require(&names[0])?, self.require(&names[1])?];
        let (mut even, mut odd) = (Vec::new(), Vec::new());
        rows::read(self, first, half.clone(), &mut even).await?;
        rows::read(self, second, half, &mut odd).await?;
        let columns = E::columns(first);
        out.clear();
        for (a, b) in even.chunks_exact(columns).zip(odd.chunks_exact(columns)) {
            out.extend_from_slice(a);
            out.extend_from_slice(b);
        }
        Ok(())
    }
}
