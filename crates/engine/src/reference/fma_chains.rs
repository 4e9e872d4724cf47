//! Twin of `shaders/fma_chains.wgsl`.

use super::HostMemory;
use crate::kernels::fma_chains::{CHAINS, FmaChains, STEPS};

/// Steps every chain of every thread and sums them up.
pub fn run(call: &FmaChains, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.y);
    let y: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    for (i, y) in (0..call.threads()).zip(y) {
        let start = i as f32 / 65536.0;
        let chain = |c: u32| {
            (0..p.rounds * STEPS).fold(start + c as f32, |v, _| v.mul_add(p.factor, p.term))
        };
        *y = call.value.numbers() as f32 * (0..CHAINS).map(chain).sum::<f32>();
    }
    memory.put(call.y, buffer);
}
