//! Twin of `shaders/row_pick.wgsl`.

use std::cmp::Ordering;

use super::HostMemory;
use crate::kernels::row_pick::RowPick;
use crate::order;

/// Writes the places of the largest scores.
pub fn run(call: &RowPick, memory: &mut HostMemory) {
    let p = &call.params;
    let mut picked = memory.take(call.picked);
    let scores = &memory.floats(call.scores)[..p.candidates as usize];
    let gap = memory.words(call.gap)[0];
    let reach = p.reach as usize;
    let pooled: Vec<f32> = (0..scores.len())
        .map(|i| {
            let near = &scores[i.saturating_sub(reach)..(i + reach + 1).min(scores.len())];
            near.iter().copied().fold(f32::NEG_INFINITY, f32::max)
        })
        .collect();
    let mut order: Vec<u32> = (0..p.candidates).collect();
    // A stable sort: of equal scores the earlier comes first.
    order::sort(&mut order, |a, b| {
        let scores = [b, a].map(|i| pooled[*i as usize]);
        scores[0].partial_cmp(&scores[1]).unwrap_or(Ordering::Equal)
    });
    let places = picked[p.first as usize..].iter_mut();
    for (place, i) in places.zip(order).take(p.taken as usize) {
        *place = if i < gap { i } else { i + p.skipped };
    }
    memory.put(call.picked, picked);
}
