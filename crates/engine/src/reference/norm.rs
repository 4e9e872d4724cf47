//! Twin of `shaders/norm.wgsl`.

use super::HostMemory;
use crate::kernels::head_stats::RecordRow;
use crate::kernels::norm::{Norm, NormKind};

/// `y[r, :] = (x[source(r), :] - mean) / sqrt(mean of squares + eps) * gain + offset`.
pub fn run(call: &Norm, memory: &mut HostMemory) {
    let mut y = memory.take(call.y);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut y);
    let rows = out.chunks_exact_mut(call.params.dim as usize);
    for (r, out) in rows.take(call.rows as usize).enumerate() {
        norm_row(call, memory, r, out);
    }
    memory.put(call.y, y);
}

/// Row `r` of y.
pub fn norm_row(call: &Norm, memory: &HostMemory, r: usize, out: &mut [f32]) {
    let dim = out.len();
    let source = match call.record_rows {
        Some(rows) => bytemuck::cast_slice::<u32, RecordRow>(memory.words(rows))[r].row as usize,
        None => r,
    };
    let row = &memory.floats(call.x)[source * dim..][..dim];
    let (gain, offset) = memory.floats(call.gain).split_at(dim);
    let mean = match call.kind {
        NormKind::Rms => 0.0,
        NormKind::Layer => row.iter().sum::<f32>() / dim as f32,
    };
    let squares: f32 = row.iter().map(|v| (v - mean) * (v - mean)).sum();
    let factor = 1.0 / (squares / dim as f32 + call.params.eps).sqrt();
    for ((out, v), g) in out.iter_mut().zip(row).zip(gain) {
        *out = (v - mean) * factor * g;
    }
    if call.kind == NormKind::Layer {
        for (out, offset) in out.iter_mut().zip(offset) {
            *out += offset;
        }
    }
}
