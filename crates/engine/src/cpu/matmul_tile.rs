//! Products with their epilogues, row by row.

use std::cell::RefCell;

use unmask_simd::{gelu, gelu_tanh, silu};

use super::product::Panels;
use super::threads;
use crate::kernels::matmul_tile::{Epilogue, MatmulTile};
use crate::recording::BufferId;
use crate::reference::{HostMemory, finish_row};

/// Multiply-adds that take as long as one element of an epilogue with an exponential.
const WORK: usize = 64;

thread_local! {
    /// The products of a row; `product::TILE` says why they stay.
    static PRODUCTS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// As the twin (`reference/matmul_tile.rs`).
pub fn run(call: &MatmulTile, memory: &mut HostMemory) {
    let p = &call.params;
    let [rows, columns, k] = [p.rows, p.columns, p.quads * 4].map(|n| n as usize);
    let panels = Panels::of(memory, call.x, call.weight, call.format, [rows, columns, k]);
    let mut buffer = memory.take(call.y);
    let stride = p.y_stride as usize;
    let y = &mut bytemuck::cast_slice_mut(&mut buffer)[..rows * stride];
    threads::for_rows(y, stride, rows * columns * WORK, |r, row| {
        PRODUCTS.with_borrow_mut(|products| {
            products.resize(columns, 0.0);
            panels.copy_row(r, products);
            finish(call, memory, products, row);
        });
    });
    memory.put(call.y, buffer);
}

/// Applies the epilogue to the products of a row and stores them in the row of y.
fn finish(call: &MatmulTile, memory: &HostMemory, products: &[f32], row: &mut [f32]) {
    let first = call.params.first_column as usize;
    let mut biased = |bias: BufferId| {
        let to = &mut row[first..][..products.len()];
        let bias = &memory.floats(bias)[first..];
        for ((to, product), bias) in to.iter_mut().zip(products).zip(bias) {
            *to = product + bias;
        }
    };
    match call.epilogue {
        Epilogue::Gelu(bias) => {
            biased(bias);
            gelu(&mut row[first..][..products.len()]);
        }
        Epilogue::GeluTanh(bias) => {
            biased(bias);
            gelu_tanh(&mut row[first..][..products.len()]);
        }
        Epilogue::Swiglu => gate(products, &mut row[first / 2..], silu),
        Epilogue::Geglu => gate(products, &mut row[first / 2..], gelu),
        Epilogue::Store | Epilogue::Add | Epilogue::Bias(_) | Epilogue::AddAffine(_) => {
            finish_row(call, memory, products, row);
        }
    }
}

/// `y_j = function(v_2j) v_2j+1`
pub fn gate(products: &[f32], row: &mut [f32], function: fn(&mut [f32])) {
    let pairs = products.as_chunks::<2>().0;
    let row = &mut row[..pairs.len()];
    for (y, pair) in row.iter_mut().zip(pairs) {
        *y = pair[0];
    }
    function(row);
    for (y, pair) in row.iter_mut().zip(pairs) {
        *y *= pair[1];
    }
}
