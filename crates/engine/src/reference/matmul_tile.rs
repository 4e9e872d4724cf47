//! Twin of `shaders/matmul_tile.wgsl`.

use super::HostMemory;
use crate::kernels::matmul_tile::{Epilogue, MatmulTile};
use crate::recording::BufferId;
use crate::weights::Format;

/// `y[r, n] = epilogue(sum over k of x[r, k] * W[n, k])`
pub fn run(call: &MatmulTile, memory: &mut HostMemory) {
    let p = &call.params;
    let shape = [p.rows as usize, p.columns as usize, p.quads as usize * 4];
    let products = product(memory, call.x, call.weight, call.format, shape);
    let mut buffer = memory.take(call.y);
    let y: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let rows = y.chunks_exact_mut(p.y_stride as usize);
    for (products, row) in products.chunks_exact(p.columns as usize).zip(rows) {
        finish_row(call, memory, products, row);
    }
    memory.put(call.y, buffer);
}

/// `x W^T`, `[rows, columns]`, from the buffers of x and W, W's format and `[rows, columns, k]`.
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

/// Applies the epilogue of `call` to the products of a row and stores them in the row of `y`.
pub fn finish_row(call: &MatmulTile, memory: &HostMemory, products: &[f32], row: &mut [f32]) {
    let first = call.params.first_column as usize;
    let stride = call.params.y_stride as usize;
    let pairs = || products.chunks_exact(2);
    let biased = |bias: BufferId| {
        let bias = &memory.floats(bias)[first..];
        products.iter().zip(bias).map(|(v, b)| v + b)
    };
    match call.epilogue {
        Epilogue::Store => row[first..first + products.len()].copy_from_slice(products),
        Epilogue::Add => {
            for (y, v) in row[first..].iter_mut().zip(products) {
                *y += v;
            }
        }
        Epilogue::Bias(bias) => set(&mut row[first..], biased(bias)),
        Epilogue::AddAffine(affine) => {
            let (factors, offsets) = memory.floats(affine).split_at(stride);
            let pairs = factors[first..].iter().zip(&offsets[first..]);
            for ((y, v), (factor, offset)) in row[first..].iter_mut().zip(products).zip(pairs) {
                *y += v * factor + offset;
            }
        }
        Epilogue::Gelu(bias) => set(&mut row[first..], biased(bias).map(gelu)),
        Epilogue::GeluTanh(bias) => set(&mut row[first..], biased(bias).map(gelu_tanh)),
        Epilogue::Swiglu => set(
            &mut row[first / 2..],
            pairs().map(|pair| pair[0] / (1.0 + (-pair[0]).exp()) * pair[1]),
        ),
        Epilogue::Geglu => set(
            &mut row[first / 2..],
            pairs().map(|pair| gelu(pair[0]) * pair[1]),
        ),
    }
}

fn set(row: &mut [f32], values: impl Iterator<Item = f32>) {
    for (y, value) in row.iter_mut().zip(values) {
        *y = value;
    }
}

/// `v * (1 + erf(v / sqrt(2))) / 2`.
fn gelu(v: f32) -> f32 {
    0.5 * v * (1.0 + erf(v * std::f32::consts::FRAC_1_SQRT_2))
}

/// Abramowitz & Stegun 7.1.26: within 1.5e-7 everywhere.
fn erf(v: f32) -> f32 {
    const TERMS: [f32; 5] = [
        1.061_405_4,
        -1.453_152,
        1.421_413_7,
        -0.284_496_74,
        0.254_829_6,
    ];
    let t = 1.0 / (1.0 + 0.327_591_1 * v.abs());
    let series = TERMS.iter().fold(0.0, |sum, term| (sum + term) * t);
    (1.0 - series * (-v * v).exp()).copysign(v)
}

/// GPT-2's approximation, `v * (1 + tanh(sqrt(2 / pi) * (v + 0.044715 v^3))) / 2`.
fn gelu_tanh(v: f32) -> f32 {
    let u = 0.797_884_6 * (v + 0.044_715 * v * v * v);
    0.5 * v * (1.0 + u.tanh())
}
