//! Twin of `shaders/key_scores.wgsl`.

use super::HostMemory;
use crate::kernels::key_scores::KeyScores;

/// Scores every slot outside the block.
pub fn run(call: &KeyScores, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.scores);
    let scores: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let (rows, head_dim) = (p.rows as usize, p.head_dim as usize);
    let gap = memory.words(call.gap)[0] as usize;
    let store = memory.floats(call.store);
    let stride = (p.query_heads + 2 * p.key_heads) as usize * head_dim;
    let block = &memory.floats(call.qkv)[gap * stride..][..rows * stride];
    // [key heads, head_dim]: the sums of the queries that read a key head.
    let mut queries = vec![0.0; p.key_heads as usize * head_dim];
    let group = (p.query_heads / p.key_heads) as usize;
    for row in block.chunks_exact(stride) {
        let heads = row.chunks_exact(head_dim).take(p.query_heads as usize);
        for (h, head) in heads.enumerate() {
            let sums = &mut queries[h / group * head_dim..][..head_dim];
            sums.iter_mut().zip(head).for_each(|(sum, q)| *sum += q);
        }
    }
    for (i, score) in scores.iter_mut().enumerate().take(p.candidates as usize) {
        let slot = if i < gap { i } else { i + rows };
        let keys = &store[slot * 2 * queries.len()..][..queries.len()];
        let product: f32 = queries.iter().zip(keys).map(|(q, k)| q * k).sum();
        *score = product / (p.rows * p.query_heads) as f32;
    }
    memory.put(call.scores, buffer);
}
