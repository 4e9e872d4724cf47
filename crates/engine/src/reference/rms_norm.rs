//! Twin of `shaders/rms_norm.wgsl`.

use super::HostMemory;
use crate::kernels::head_stats::RecordRow;
use crate::kernels::rms_norm::RmsNorm;

/// `y[r, :] = x[source(r), :] / sqrt(mean(x²) + eps) * gain`.
pub fn run(call: &RmsNorm, memory: &mut HostMemory) {
    let dim = call.params.dim as usize;
    let mut y = memory.take(call.y);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut y);
    let x = memory.floats(call.x);
    let gain = memory.floats(call.gain);
    for (r, out_row) in out
        .chunks_exact_mut(dim)
        .take(call.rows as usize)
        .enumerate()
    {
        let source = match call.record_rows {
            Some(rows) => {
                bytemuck::cast_slice::<u32, RecordRow>(memory.words(rows))[r].row as usize
            }
            None => r,
        };
        let row = &x[source * dim..][..dim];
        let mean = row.iter().map(|v| v * v).sum::<f32>() / dim as f32;
        let factor = 1.0 / (mean + call.params.eps).sqrt();
        for ((out, v), g) in out_row.iter_mut().zip(row).zip(gain) {
            *out = v * factor * g;
        }
    }
    memory.put(call.y, y);
}
