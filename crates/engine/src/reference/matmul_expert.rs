//! Twin of `shaders/matmul_expert.wgsl`.

use super::HostMemory;
use crate::kernels::matmul_expert::{MatmulExpert, Side};

/// `y = side(sum over k of x[k] * W[chosen[r, s], n, k])`
pub fn run(call: &MatmulExpert, memory: &mut HostMemory) {
    let p = &call.params;
    let (k, columns) = (p.quads as usize * 4, p.columns as usize);
    let shape = (p.experts as usize * columns, k);
    let mut weight = vec![0.0; columns * k];
    let mut buffer = memory.take(call.y);
    let y: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    for entry in 0..(call.rows * p.slots) as usize {
        let Some(expert) = expert_of(call, memory, entry) else {
            continue;
        };
        let packed = bytemuck::cast_slice(memory.words(call.weight));
        let rows = expert * columns..(expert + 1) * columns;
        call.format.unpack(packed, shape, rows, &mut weight);
        let x = &memory.floats(call.x)[source_row(call, entry) * k..][..k];
        let product = |row: &[f32]| row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>();
        let products: Vec<f32> = weight.chunks_exact(k).map(product).collect();
        finish(call, memory, entry, &products, y);
    }
    memory.put(call.y, buffer);
}

/// The expert of `entry` (row * slots + slot), counted within the shard; `None` where it lies in
/// another.
pub fn expert_of(call: &MatmulExpert, memory: &HostMemory, entry: usize) -> Option<usize> {
    let chosen = memory.words(call.chosen)[entry];
    let expert = chosen.checked_sub(call.params.first_expert)?;
    (expert < call.params.experts).then_some(expert as usize)
}

/// The row of x that `entry` is the product of.
pub fn source_row(call: &MatmulExpert, entry: usize) -> usize {
    match call.side {
        Side::Up => entry / call.params.slots as usize,
        Side::Down(_) => entry,
    }
}

/// Stores or adds the products of an entry.
fn finish(call: &MatmulExpert, memory: &HostMemory, entry: usize, products: &[f32], y: &mut [f32]) {
    match call.side {
        Side::Up => {
            let half = products.len() / 2;
            let row = &mut y[entry * half..][..half];
            for (y, pair) in row.iter_mut().zip(products.chunks_exact(2)) {
                *y = pair[0] / (1.0 + (-pair[0]).exp()) * pair[1];
            }
        }
        Side::Down(share) => {
            let share = memory.floats(share)[entry];
            let row = entry / call.params.slots as usize;
            let row = &mut y[row * products.len()..][..products.len()];
            for (y, product) in row.iter_mut().zip(products) {
                *y += share * product;
            }
        }
    }
}
