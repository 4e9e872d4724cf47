//! Products with packed weights, by panels of weight rows: of integers where the weights are and the
//! machine multiplies them faster, else of floats.

use std::cell::RefCell;
use std::ops::Range;

use unmask_simd::{Activations, Blocks, COLUMNS, Instructions, Quants, Tile, View, multiply};

use super::threads;
use crate::recording::BufferId;
use crate::reference::HostMemory;
use crate::weights::Format;

/// Weight rows of a panel: unpacked, they fit into the second-level cache at common widths.
pub const PANEL: usize = 64;

/// A product `[rows, columns]`, each panel `[rows, PANEL]`; the last may have columns that are not
/// used.
pub struct Panels(Vec<Vec<f32>>);

impl Panels {
    /// `x W^T`, from the buffers of x and W, W's format and `[rows, columns, k]`.
    pub fn of(
        memory: &HostMemory,
        x: BufferId,
        weight: BufferId,
        format: Format,
        [rows, columns, k]: [usize; 3],
    ) -> Self {
        let weight = Weight {
            packed: memory.words(weight),
            format,
            shape: (columns, k),
        };
        let x = Factor::of(&memory.floats(x)[..rows * k], k, format);
        let panel = |i| {
            let first = i * PANEL;
            x.panel(&weight, first..columns.min(first + PANEL), rows)
        };
        let count = columns.div_ceil(PANEL);
        Self(threads::map(count, rows * columns * k, panel))
    }

    /// The products of `x`, of so many rows, with some columns, on the calling thread.
    pub fn of_columns(x: &Factor, weight: &Weight, columns: Range<usize>, rows: usize) -> Self {
        let firsts = columns.clone().step_by(PANEL);
        let panel = |first| x.panel(weight, first..columns.end.min(first + PANEL), rows);
        Self(firsts.map(panel).collect())
    }

    /// Writes row `r` of the product.
    pub fn copy_row(&self, r: usize, row: &mut [f32]) {
        for (row, panel) in row.chunks_mut(PANEL).zip(&self.0) {
            let count = row.len();
            row.copy_from_slice(&panel[r * PANEL..][..count]);
        }
    }
}

/// A weight `[n, k]` in its buffer.
pub struct Weight<'a> {
    /// The buffer.
    pub packed: &'a [u32],
    /// Its format.
    pub format: Format,
    /// n and k.
    pub shape: (usize, usize),
}

impl Weight<'_> {
    /// `[rows, k]`
    fn unpack(&self, rows: Range<usize>) -> Vec<f32> {
        let mut out = vec![0.0; rows.len() * self.shape.1];
        let packed = bytemuck::cast_slice(self.packed);
        self.format.unpack(packed, self.shape, rows, &mut out);
        out
    }

    /// At most [`COLUMNS`] rows, of integers of this kind.
    fn blocks(&self, kind: Quants, rows: Range<usize>) -> Blocks<'_> {
        let packed = bytemuck::cast_slice(self.packed);
        let (quants, scales) = self.format.slices(packed, self.shape, rows);
        Blocks {
            kind,
            quants,
            scales,
            k: self.shape.1,
        }
    }
}

thread_local! {
    /// Weights are unpacked here. Threads that ask for memory wait for each other, in the browser for
    /// longer than it takes to unpack.
    static TILE: RefCell<Tile> = RefCell::default();
}

/// The activations, as the weight's format wants them.
pub enum Factor<'a> {
    /// As they are.
    Floats(View<'a>),
    /// Rounded, for these instructions.
    Integers(Instructions, Quants, Activations),
}

impl<'a> Factor<'a> {
    /// The rows `x` of `k` numbers.
    pub fn of(x: &'a [f32], k: usize, format: Format) -> Self {
        let kind = match format {
            Format::F32 | Format::F16 => None,
            Format::Q8_0 => Some(Quants::Bytes),
            Format::Q4_0 => Some(Quants::Nibbles),
        };
        match (kind, Instructions::best()) {
            // In plain Rust integers are slower than floats in registers (docs/bench/cpu.md).
            (None, _) | (_, Instructions::Portable) => Self::Floats(View::of_rows(x, k)),
            (Some(kind), best) => Self::Integers(best, kind, best.round(x, k)),
        }
    }

    /// The products with at most [`PANEL`] rows of the weight, `[rows, PANEL]` for so many rows of x.
    pub fn panel(&self, weight: &Weight, columns: Range<usize>, rows: usize) -> Vec<f32> {
        let mut out = vec![0.0; rows * PANEL];
        self.multiply(weight, columns, &mut out);
        out
    }

    /// Writes the products with rows `rows` of the weight to `out`, `[rows of x, PANEL]`.
    fn multiply(&self, weight: &Weight, rows: Range<usize>, out: &mut [f32]) {
        match self {
            Self::Floats(x) => {
                let unpacked = weight.unpack(rows);
                let panel = View::of_rows(&unpacked, weight.shape.1);
                multiply(*x, panel.transposed(), out, PANEL);
            }
            Self::Integers(instructions, kind, x) => TILE.with_borrow_mut(|tile| {
                for (i, first) in rows.clone().step_by(COLUMNS).enumerate() {
                    let columns = first..rows.end.min(first + COLUMNS);
                    tile.repack(&weight.blocks(*kind, columns));
                    instructions.multiply(x, tile, &mut out[i * COLUMNS..], PANEL);
                }
            }),
        }
    }
}
