//! Twin of `shaders/row_drift.wgsl`.

use super::HostMemory;
use crate::kernels::row_drift::RowDrift;

/// Below that, a row counts as this long: it has no direction (`LEAST` of the shader).
const LEAST: f32 = 1e-16;

/// Compares each row with the one of y that it names.
pub fn run(call: &RowDrift, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.drift);
    let drift: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let (x, y) = (memory.floats(call.x), memory.floats(call.y));
    let index = memory.words(call.index);
    let rows = p.first as usize..(p.first + call.rows) as usize;
    for (drift, row) in drift[p.at as usize..].iter_mut().zip(rows) {
        let part = |all: &[f32], row: usize, stride: u32, first: u32| -> Vec<f32> {
            let part = &all[row * stride as usize + first as usize..][..p.width as usize];
            let square: f32 = part.iter().map(|v| v * v).sum();
            let factor = 1.0 / square.max(LEAST).sqrt();
            part.iter().map(|v| v * factor).collect()
        };
        let x = part(x, row, p.x_stride, p.x_first);
        let y = part(y, index[row] as usize, p.y_stride, p.y_first);
        *drift = x.iter().zip(&y).map(|(x, y)| (x - y) * (x - y)).sum();
    }
    memory.put(call.drift, buffer);
}
