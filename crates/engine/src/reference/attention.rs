//! Twin of `shaders/attention.wgsl`.

use super::HostMemory;
use crate::kernels::attention::{Attention, Params};

/// Softmax attention of every row over the rows whose class is not above its own, save the one it is
/// blind to.
pub fn run(call: &Attention, memory: &mut HostMemory) {
    let p = &call.params;
    let head_dim = p.head_dim as usize;
    let mut buffer = memory.take(call.out);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let qkv = memory.floats(call.qkv);
    let classes = &memory.words(call.classes)[..p.rows as usize];
    let blind = memory.words(call.blind);
    for (i, out_head) in out
        .chunks_exact_mut(head_dim)
        .take((p.rows * p.query_heads) as usize)
        .enumerate()
    {
        let (row, head) = (i / p.query_heads as usize, i % p.query_heads as usize);
        let visible: Vec<usize> = (0..classes.len())
            .filter(|&j| classes[j] <= classes[row] && j as u32 != blind[row])
            .collect();
        attend(p, qkv, &visible, row, head, out_head);
    }
    memory.put(call.out, buffer);
}

fn attend(p: &Params, qkv: &[f32], visible: &[usize], row: usize, head: usize, out: &mut [f32]) {
    let head_dim = p.head_dim as usize;
    let stride = (p.query_heads + 2 * p.key_heads) as usize * head_dim;
    let key_head = head / (p.query_heads / p.key_heads) as usize;
    let head_at = |row: usize, head: usize| &qkv[row * stride + head * head_dim..][..head_dim];
    let query = head_at(row, head);
    let scores: Vec<f32> = visible
        .iter()
        .map(|&j| dot(query, head_at(j, p.query_heads as usize + key_head)) * p.scale)
        .collect();
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = scores.iter().map(|s| (s - largest).exp()).collect();
    let total: f32 = weights.iter().sum();
    out.fill(0.0);
    for (&j, weight) in visible.iter().zip(&weights) {
        let value = head_at(j, (p.query_heads + p.key_heads) as usize + key_head);
        for (out, v) in out.iter_mut().zip(value) {
            *out += weight / total * v;
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
