//! Twin of `shaders/matmul_tile.wgsl`.

use super::HostMemory;
use crate::kernels::matmul_tile::{Epilogue, MatmulTile};

/// `y[r, n] = epilogue(sum over k of x[r, k] * W[n, k])`.
pub fn run(call: &MatmulTile, memory: &mut HostMemory) {
    let p = &call.params;
    let k = p.quads as usize * 4;
    let mut buffer = memory.take(call.y);
    let y: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let x = memory.floats(call.x);
    let mut products = vec![0.0; (p.rows * p.columns) as usize]; // [rows, columns]
    let mut weight_row = vec![0.0; k];
    let weight = bytemuck::cast_slice(memory.words(call.weight));
    for n in 0..p.columns as usize {
        call.format
            .unpack(weight, (p.columns as usize, k), n..n + 1, &mut weight_row);
        for r in 0..p.rows as usize {
            let row = &x[r * k..][..k];
            products[r * p.columns as usize + n] =
                row.iter().zip(&weight_row).map(|(x, w)| x * w).sum();
        }
    }
    for (r, row) in products.chunks_exact(p.columns as usize).enumerate() {
        finish_row(call, memory, r, row, y);
    }
    memory.put(call.y, buffer);
}

/// Applies the epilogue of `call` to the products of row `r` and stores them in `y`.
pub fn finish_row(
    call: &MatmulTile,
    memory: &HostMemory,
    r: usize,
    products: &[f32],
    y: &mut [f32],
) {
    let first = call.params.first_column as usize;
    let row = &mut y[r * call.params.y_stride as usize..][..call.params.y_stride as usize];
    match call.epilogue {
        Epilogue::Store => row[first..first + products.len()].copy_from_slice(products),
        Epilogue::Add => {
            for (y, v) in row[first..].iter_mut().zip(products) {
                *y += v;
            }
        }
        Epilogue::Bias(bias) => {
            let bias = &memory.floats(bias)[first..];
            for ((y, v), b) in row[first..].iter_mut().zip(products).zip(bias) {
                *y = v + b;
            }
        }
        Epilogue::Swiglu => {
            for (y, pair) in row[first / 2..].iter_mut().zip(products.chunks_exact(2)) {
                *y = pair[0] / (1.0 + (-pair[0]).exp()) * pair[1];
            }
        }
    }
}
