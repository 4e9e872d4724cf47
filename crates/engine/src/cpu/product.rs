//! Matrix products by the `gemm` crate, which picks SIMD instructions at run time.

use gemm::Parallelism;

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
