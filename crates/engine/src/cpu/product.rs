//! Products with packed weights: a panel of rows is unpacked, then multiplied.

use super::multiply::{View, multiply};
use super::threads;
use crate::recording::BufferId;
use crate::reference::HostMemory;
use crate::weights::Format;

/// Weight rows unpacked at a time: small enough for the second-level cache at common widths.
const PANEL: usize = 64;

/// A [`Product`](crate::reference::Product).
pub fn product(
    memory: &HostMemory,
    x: BufferId,
    weight: BufferId,
    format: Format,
    [rows, columns, k]: [usize; 3],
) -> Vec<f32> {
    let packed = bytemuck::cast_slice(memory.words(weight));
    let x = matrix(&memory.floats(x)[..rows * k], k);
    let mut out = vec![0.0; rows * columns];
    let part = |first: usize| {
        let count = PANEL.min(columns - first);
        let mut panel = vec![0.0; count * k];
        format.unpack(packed, (columns, k), first..first + count, &mut panel);
        let mut part = vec![0.0; rows * count];
        multiply(x, matrix(&panel, k).transposed(), &mut part, count);
        part
    };
    let parts = threads::map(columns.div_ceil(PANEL), rows * columns * k, |i| {
        part(i * PANEL)
    });
    for (first, part) in (0..columns).step_by(PANEL).zip(parts) {
        let count = PANEL.min(columns - first);
        let rows = out.chunks_exact_mut(columns).zip(part.chunks_exact(count));
        for (out, part) in rows {
            out[first..first + count].copy_from_slice(part);
        }
    }
    out
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
