//! Twin of `shaders/most_attended.wgsl`.

use super::HostMemory;
use crate::kernels::most_attended::{MostAttended, NONE};

/// Finds the slot of the largest sum.
pub fn run(call: &MostAttended, memory: &mut HostMemory) {
    let p = &call.params;
    let keys = p.keys as usize;
    let mut sums = vec![0.0_f32; keys];
    let weights = memory.floats(call.weights);
    let rows = memory.words(call.count)[0] * p.heads;
    for row in weights.chunks_exact(keys).take(rows as usize) {
        sums.iter_mut().zip(row).for_each(|(sum, w)| *sum += w);
    }
    let candidates = memory.words(call.candidates);
    let (mut most, mut slot) = (-1.0, NONE);
    for ((j, sum), candidate) in (0..).zip(&sums).zip(candidates) {
        if *candidate == 1 && *sum > most {
            (most, slot) = (*sum, j);
        }
    }
    let mut found = memory.take(call.found);
    found[p.at as usize] = slot;
    memory.put(call.found, found);
}
