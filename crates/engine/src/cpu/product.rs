//! Products with packed weights: a panel of rows is unpacked, then multiplied.

use super::multiply::{View, multiply};
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
    let mut out = vec![0.0; rows * columns];
    let mut panel = vec![0.0; PANEL * k];
    let x = matrix(&memory.floats(x)[..rows * k], k);
    for first in (0..columns).step_by(PANEL) {
        let count = PANEL.min(columns - first);
        let panel = &mut panel[..count * k];
        format.unpack(packed, (columns, k), first..first + count, panel);
        let panel = matrix(panel, k).transposed();
        multiply(x, panel, &mut out[first..], columns);
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
