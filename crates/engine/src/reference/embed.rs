//! Twin of `shaders/embed.wgsl`.

use super::HostMemory;
use crate::kernels::embed::Embed;

/// `x[r, :] = E[ids[r], :]` for the ids in one shard, or added to what is there.
pub fn run(call: &Embed, memory: &mut HostMemory) {
    let dim = call.params.quads as usize * 4;
    let mut x = memory.take(call.x);
    let rows: &mut [f32] = bytemuck::cast_slice_mut(&mut x);
    let ids = &memory.words(call.ids)[..call.rows as usize];
    let mut embedding = vec![0.0; dim];
    for (row, id) in rows.chunks_exact_mut(dim).zip(ids) {
        let shard_row = id.wrapping_sub(call.params.first_id);
        if shard_row < call.params.shard_rows {
            let weight = bytemuck::cast_slice(memory.words(call.weight));
            let shard_row = shard_row as usize;
            let shape = (call.params.shard_rows as usize, dim);
            call.format
                .unpack(weight, shape, shard_row..shard_row + 1, &mut embedding);
            for (x, e) in row.iter_mut().zip(&embedding) {
                *x = if call.adds { *x + e } else { *e };
            }
        }
    }
    memory.put(call.x, x);
}
