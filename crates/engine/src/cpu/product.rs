//! Products with packed weights, by panels of weight rows: of integers where the weights are, else of
//! floats.

use std::ops::Range;

use unmask_simd::{Activations, Blocks, COLUMNS, Instructions, Quants, Tile, View, multiply};

use super::threads;
use crate::recording::BufferId;
use crate::reference::HostMemory;
use crate::weights::Format;

/// Weight rows of a panel: unpacked, they fit into the second-level cache at common widths.
const PANEL: usize = 64;

/// A [`Product`](crate::reference::Product).
pub fn product(
    memory: &HostMemory,
    x: BufferId,
    weight: BufferId,
    format: Format,
    [rows, columns, k]: [usize; 3],
) -> Vec<f32> {
    let weight = Weight {
        packed: bytemuck::cast_slice(memory.words(weight)),
        format,
        shape: (columns, k),
    };
    let x = Factor::of(&memory.floats(x)[..rows * k], k, format);
    let panel = |i| {
        let first = i * PANEL;
        let mut out = vec![0.0; rows * PANEL];
        x.multiply(&weight, first..columns.min(first + PANEL), &mut out);
        out
    };
    let panels = threads::map(columns.div_ceil(PANEL), rows * columns * k, panel);
    let mut out = vec![0.0; rows * columns];
    for (first, panel) in (0..columns).step_by(PANEL).zip(panels) {
        let count = PANEL.min(columns - first);
        let rows = out.chunks_exact_mut(columns).zip(panel.chunks_exact(PANEL));
        for (out, panel) in rows {
            out[first..first + count].copy_from_slice(&panel[..count]);
        }
    }
    out
}

/// A weight `[n, k]` in its buffer.
struct Weight<'a> {
    packed: &'a [u8],
    format: Format,
    shape: (usize, usize),
}

/// The activations, as the weight's format wants them.
enum Factor<'a> {
    Floats(View<'a>),
    Integers(Instructions, Quants, Activations),
}

impl<'a> Factor<'a> {
    fn of(x: &'a [f32], k: usize, format: Format) -> Self {
        let instructions = Instructions::best();
        let integers = |quants| Self::Integers(instructions, quants, instructions.round(x, k));
        match format {
            Format::F32 | Format::F16 => Self::Floats(matrix(x, k)),
            Format::Q8_0 => integers(Quants::Bytes),
            Format::Q4_0 => integers(Quants::Nibbles),
        }
    }

    /// Writes the products with rows `rows` of the weight to `out`, `[rows of x, PANEL]`.
    fn multiply(&self, weight: &Weight, rows: Range<usize>, out: &mut [f32]) {
        let k = weight.shape.1;
        match self {
            Self::Floats(x) => {
                let mut panel = vec![0.0; rows.len() * k];
                let Weight { packed, shape, .. } = *weight;
                weight.format.unpack(packed, shape, rows, &mut panel);
                multiply(*x, matrix(&panel, k).transposed(), out, PANEL);
            }
            Self::Integers(instructions, kind, x) => {
                for (i, first) in rows.clone().step_by(COLUMNS).enumerate() {
                    let rows = first..rows.end.min(first + COLUMNS);
                    let (quants, scales) = weight.format.slices(weight.packed, weight.shape, rows);
                    let kind = *kind;
                    let tile = Tile::pack(&Blocks {
                        kind,
                        quants,
                        scales,
                        k,
                    });
                    instructions.multiply(x, &tile, &mut out[i * COLUMNS..], PANEL);
                }
            }
        }
    }
}

/// Rows of `columns` numbers, one behind the other.
fn matrix(data: &[f32], columns: usize) -> View<'_> {
    View {
        data,
        rows: data.len() / columns,
        columns,
        row_stride: columns,
        column_stride: 1,
    }
}
