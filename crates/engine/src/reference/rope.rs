//! Twin of `shaders/rope.wgsl`.

use super::{HostMemory, kv};
use crate::kernels::rope::Rope;

/// Normalises and rotates every query and key head; keys and values end in the row's slot.
pub fn run(call: &Rope, memory: &mut HostMemory) {
    let mut buffer = memory.take(call.qkv);
    let qkv: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let rows = qkv.chunks_exact_mut(call.params.stride as usize);
    for (r, row) in rows.take(call.rows as usize).enumerate() {
        turn_row(call, memory, r, row);
    }
    memory.put(call.qkv, buffer);
    keep(call, memory);
}

/// Normalises and rotates the query and key heads of row `r` of qkv.
pub fn turn_row(call: &Rope, memory: &HostMemory, r: usize, row: &mut [f32]) {
    let p = &call.params;
    let head_dim = p.head_dim as usize;
    let position = memory.words(call.positions)[r] as usize;
    let turns = &memory.floats(call.rotations)[position * head_dim..][..head_dim];
    let heads = (p.query_heads + p.key_heads) as usize;
    for (h, head) in row.chunks_exact_mut(head_dim).take(heads).enumerate() {
        if let Some(gains) = call.gains {
            let of_keys = usize::from(h >= p.query_heads as usize);
            normalize(head, &memory.floats(gains)[of_keys * head_dim..], p.eps);
        }
        rotate(head, turns);
    }
}

/// Puts the keys and values of every row into the row's slot.
pub fn keep(call: &Rope, memory: &mut HostMemory) {
    let p = &call.params;
    let head_dim = p.head_dim as usize;
    let queries = p.query_heads as usize * head_dim;
    let heads = 2 * p.key_heads as usize;
    let mut store = memory.take(call.store);
    let rows = memory.floats(call.qkv).chunks_exact(p.stride as usize);
    for (row, slot) in rows.take(call.rows as usize).zip(memory.words(call.slots)) {
        let kept = row[queries..].chunks_exact(head_dim).take(heads);
        for (h, head) in kept.enumerate() {
            kv::keep(call.kv, &mut store, *slot as usize * heads + h, head);
        }
    }
    memory.put(call.store, store);
}

fn normalize(head: &mut [f32], gain: &[f32], eps: f32) {
    let mean = head.iter().map(|v| v * v).sum::<f32>() / head.len() as f32;
    let factor = 1.0 / (mean + eps).sqrt();
    for (v, g) in head.iter_mut().zip(gain) {
        *v *= factor * g;
    }
}

/// `turns` holds (cosine, sine) of each pair.
pub(super) fn rotate(head: &mut [f32], turns: &[f32]) {
    let (first, second) = head.split_at_mut(turns.len() / 2);
    for ((a, b), turn) in first.iter_mut().zip(second).zip(turns.chunks_exact(2)) {
        let (cos, sin) = (turn[0], turn[1]);
        (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
    }
}
