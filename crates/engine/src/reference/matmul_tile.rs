//! Twin of `shaders/matmul_tile.wgsl`.

use super::HostMemory;
use crate::kernels::matmul_tile::{Epilogue, MatmulTile};
use crate::recording::BufferId;
use crate::weights::Format;

/// `x W^T`, `[rows, columns]`, from the buffers of x and W, W's format and `[rows, columns, k]`.
pub type Product = fn(&HostMemory, BufferId, BufferId, Format, [usize; 3]) -> Vec<f32>;

/// `y[r, n] = epilogue(sum over k of x[r, k] * W[n, k])`, the products by `product`.
pub fn run(call: &MatmulTile, memory: &mut HostMemory, product: Product) {
    let p = &call.params;
    let shape = [p.rows as usize, p.columns as usize, p.quads as usize * 4];
    let products = product(memory, call.x, call.weight, call.format, shape);
    let mut buffer = memory.take(call.y);
    let y: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    for (r, row) in products.chunks_exact(p.columns as usize).enumerate() {
        finish_row(call, memory, r, row, y);
    }
    memory.put(call.y, buffer);
}

/// The plain [`Product`].
pub fn product(
    memory: &HostMemory,
    x: BufferId,
    weight: BufferId,
    format: Format,
    [rows, columns, k]: [usize; 3],
) -> Vec<f32> {
    let x = &memory.floats(x)[..rows * k];
    let packed = bytemuck::cast_slice(memory.words(weight));
    let mut products = vec![0.0; rows * columns];
    let mut weight_row = vec![0.0; k];
    for n in 0..columns {
        format.unpack(packed, (columns, k), n..n + 1, &mut weight_row);
        for (r, row) in x.chunks_exact(k).enumerate() {
            products[r * columns + n] = row.iter().zip(&weight_row).map(|(x, w)| x * w).sum();
        }
    }
    products
}

/// Applies the epilogue of `call` to the products of row `r` and stores them in `y`.
fn finish_row(call: &MatmulTile, memory: &HostMemory, r: usize, products: &[f32], y: &mut [f32]) {
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
