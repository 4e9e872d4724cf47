//! Twin of `shaders/attention_weights.wgsl`.

use super::HostMemory;
use crate::kernels::attention_weights::AttentionWeights;

/// Class of slots that are not seen.
const UNSEEN: u32 = u32::MAX;

/// Writes the softmax of every head of the rows.
pub fn run(call: &AttentionWeights, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.weights);
    let weights: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let (keys, head_dim) = (p.keys as usize, p.head_dim as usize);
    let (queries, store) = (memory.floats(call.queries), memory.floats(call.store));
    let classes = &memory.words(call.key_classes)[..keys];
    let rows = &memory.words(call.rows)[p.first as usize..][..call.count as usize];
    let heads = p.query_heads as usize;
    for (i, weights) in weights
        .chunks_exact_mut(keys)
        .take(rows.len() * heads)
        .enumerate()
    {
        let (row, head) = (rows[i / heads] as usize, i % heads);
        let query = &queries[row * p.stride as usize + head * head_dim..][..head_dim];
        let key_head = head / (p.query_heads / p.key_heads) as usize;
        let score = |slot: usize| {
            let key = &store[(slot * 2 * p.key_heads as usize + key_head) * head_dim..];
            query.iter().zip(key).map(|(q, k)| q * k).sum::<f32>() * p.scale
        };
        let is_seen = |slot: &usize| classes[*slot] != UNSEEN;
        let seen: Vec<usize> = (0..keys).filter(is_seen).collect();
        let scores: Vec<f32> = seen.iter().map(|slot| score(*slot)).collect();
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f32 = scores.iter().map(|score| (score - most).exp()).sum();
        weights.fill(0.0);
        for (slot, score) in seen.into_iter().zip(scores) {
            weights[slot] = (score - most).exp() / total;
        }
    }
    memory.put(call.weights, buffer);
}
