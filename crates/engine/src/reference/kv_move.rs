//! Twin of `shaders/kv_move.wgsl`.

use super::rope::rotate;
use super::{HostMemory, kv};
use crate::kernels::kv_move::KvMove;

/// Moves the slots, and turns the keys.
pub fn run(call: &KvMove, memory: &mut HostMemory) {
    let p = &call.params;
    let mut store = memory.take(call.store);
    let turns = &memory.floats(call.turns)[..p.head_dim as usize];
    let heads = 2 * p.key_heads as usize;
    let before = store.clone();
    let mut numbers = vec![0.0; p.head_dim as usize];
    for i in 0..p.count as usize {
        for head in 0..heads {
            kv::load(
                call.kv,
                &before,
                (p.start as usize + i) * heads + head,
                &mut numbers,
            );
            if head < p.key_heads as usize {
                rotate(&mut numbers, turns);
            }
            kv::keep(
                call.kv,
                &mut store,
                (p.end as usize + i) * heads + head,
                &numbers,
            );
        }
    }
    memory.put(call.store, store);
}
