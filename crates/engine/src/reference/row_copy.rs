//! Twin of `shaders/row_copy.wgsl`.

use super::HostMemory;
use crate::kernels::row_copy::{RowCopy, Way};

/// Copies, adds or compares the rows.
pub fn run(call: &RowCopy, memory: &mut HostMemory) {
    let p = &call.params;
    let mut y = memory.take(call.y);
    let (x, index) = (memory.words(call.x), memory.words(call.index));
    for (row, &other) in index.iter().enumerate().take(call.rows as usize) {
        let other = other as usize;
        let (x_row, y_row) = match call.way {
            Way::Gather | Way::Add => (other, row),
            Way::Scatter | Way::Change { .. } => (row, other),
        };
        let width = p.width as usize;
        let from = &x[x_row * p.x_stride as usize + p.x_first as usize..][..width];
        let to = &mut y[y_row * p.y_stride as usize + p.y_first as usize..][..width];
        match call.way {
            Way::Gather | Way::Scatter => to.copy_from_slice(from),
            Way::Add => combine(to, |i, there| there + f32::from_bits(from[i])),
            Way::Change { before, rows } => {
                let row_before = memory.words(rows)[row] as usize;
                let first = row_before * p.x_stride as usize + p.x_first as usize;
                let before = &memory.floats(before)[first..][..width];
                combine(to, |i, _| f32::from_bits(from[i]) - before[i]);
            }
        }
    }
    memory.put(call.y, y);
}

/// Each word as a number, by its place and what it was.
fn combine(words: &mut [u32], number: impl Fn(usize, f32) -> f32) {
    for (i, word) in words.iter_mut().enumerate() {
        *word = number(i, f32::from_bits(*word)).to_bits();
    }
}
