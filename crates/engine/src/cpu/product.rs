//! Matrix products by the `gemm` crate, which picks SIMD instructions at run time.

use gemm::Parallelism;

use crate::kernels::head_stats::HeadStats;
use crate::kernels::matmul_tile::MatmulTile;
use crate::recording::BufferId;
use crate::reference::{self, HostMemory};
use crate::weights::Format;

/// Weight rows unpacked at a time: small enough for the second-level cache at common widths.
const PANEL: usize = 64;

/// `y[r, n] = epilogue(sum over k of x[r, k] * W[n, k])`.
pub fn matmul_tile(call: &MatmulTile, memory: &mut HostMemory) {
    let p = &call.params;
    let shape = [p.rows as usize, p.columns as usize, p.quads as usize * 4];
    let products = product(memory, call.x, call.weight, call.format, shape);
    let mut buffer = memory.take(call.y);
    let y: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    for (r, row) in products.chunks_exact(p.columns as usize).enumerate() {
        reference::finish_row(call, memory, r, row, y);
    }
    memory.put(call.y, buffer);
}

/// Partial statistics of every row over one shard of the vocabulary.
pub fn head_stats(call: &HeadStats, memory: &mut HostMemory) {
    let p = &call.params;
    let shape = [p.rows as usize, p.columns as usize, p.quads as usize * 4];
    let logits = product(memory, call.x, call.weight, call.format, shape);
    reference::reduce_logits(call, memory, &logits);
}

/// `x W^T`: `[rows, columns]` from x `[rows, k]` and W `[columns, k]`.
fn product(
    memory: &HostMemory,
    x: BufferId,
    weight: BufferId,
    format: Format,
    [rows, columns, k]: [usize; 3],
) -> Vec<f32> {
    let x = &memory.floats(x)[..rows * k];
    let packed = bytemuck::cast_slice(memory.words(weight));
    let mut out = vec![0.0; rows * columns];
    let mut panel = vec![0.0; PANEL * k];
    for first in (0..columns).step_by(PANEL) {
        let count = PANEL.min(columns - first);
        let panel = &mut panel[..count * k];
        format.unpack(packed, (columns, k), first..first + count, panel);
        multiply(x, panel, [rows, count, k], &mut out[first..], columns);
    }
    out
}

/// Writes `x panel^T` into the columns at the start of `out`, whose rows are `stride` apart.
#[expect(
    unsafe_code,
    reason = "the gemm crate takes raw pointers; the asserts cover its reads and writes"
)]
fn multiply(
    x: &[f32],
    panel: &[f32],
    [rows, count, k]: [usize; 3],
    out: &mut [f32],
    stride: usize,
) {
    assert!(x.len() == rows * k && panel.len() == count * k);
    assert!(rows == 0 || out.len() >= (rows - 1) * stride + count);
    // SAFETY: x holds rows x k, panel count x k, and out reaches element
    // (rows - 1) * stride + count - 1, by the asserts; out is borrowed mutably, so nothing aliases.
    unsafe {
        gemm::gemm(
            rows,
            count,
            k,
            out.as_mut_ptr(),
            1,
            stride as isize,
            false,
            x.as_ptr(),
            1,
            k as isize,
            panel.as_ptr(),
            k as isize,
            1,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
