//! What is done row by row: norms, and the rotation of heads.

use super::threads;
use crate::kernels::norm::Norm;
use crate::kernels::rope::Rope;
use crate::reference::{HostMemory, norm_row, rope};

/// Multiply-adds that take as long as one number of a sum that nothing can be added to out of order.
const WORK: usize = 16;

/// As the twin (`reference/norm.rs`).
pub fn norm(call: &Norm, memory: &mut HostMemory) {
    let (rows, dim) = (call.rows as usize, call.params.dim as usize);
    let mut buffer = memory.take(call.y);
    let y = &mut bytemuck::cast_slice_mut(&mut buffer)[..rows * dim];
    threads::for_rows(y, dim, rows * dim * WORK, |r, row| {
        norm_row(call, memory, r, row);
    });
    memory.put(call.y, buffer);
}

/// As the twin (`reference/rope.rs`).
pub fn turn(call: &Rope, memory: &mut HostMemory) {
    let (rows, stride) = (call.rows as usize, call.params.stride as usize);
    let mut buffer = memory.take(call.qkv);
    let qkv = &mut bytemuck::cast_slice_mut(&mut buffer)[..rows * stride];
    threads::for_rows(qkv, stride, rows * stride * WORK, |r, row| {
        rope::turn_row(call, memory, r, row);
    });
    memory.put(call.qkv, buffer);
    rope::keep(call, memory);
}
