//! Twin of `shaders/head_stats.wgsl`.

use super::HostMemory;
use super::stats::{Stats, log_add};
use crate::kernels::head_stats::{HeadStats, RecordRow, TILES};
use crate::kernels::matmul_tile::TILE;
use crate::random;

/// Partial statistics of every row over one shard of the vocabulary.
pub fn run(call: &HeadStats, memory: &mut HostMemory) {
    let p = &call.params;
    let k = p.quads as usize * 4;
    let mut logits = vec![0.0; (p.rows * p.columns) as usize]; // [rows, columns]
    let mut weight_row = vec![0.0; k];
    let x = memory.floats(call.x);
    let weight = bytemuck::cast_slice(memory.words(call.weight));
    for n in 0..p.columns as usize {
        call.format
            .unpack(weight, (p.columns as usize, k), n..n + 1, &mut weight_row);
        for r in 0..p.rows as usize {
            let row = &x[r * k..][..k];
            logits[r * p.columns as usize + n] =
                row.iter().zip(&weight_row).map(|(x, w)| x * w).sum();
        }
    }
    reduce_logits(call, memory, &logits);
}

/// Reduces `logits` `[rows, columns]` of the shard to the partials that the shader would write.
pub fn reduce_logits(call: &HeadStats, memory: &mut HostMemory, logits: &[f32]) {
    let p = &call.params;
    let mut buffer = memory.take(call.partials);
    let partials: &mut [Stats] = bytemuck::cast_slice_mut(&mut buffer);
    let rows: &[RecordRow] = bytemuck::cast_slice(memory.words(call.record_rows));
    let special = memory.words(call.special);
    let (banned, rest) = special.split_at(p.banned as usize);
    let stops = &rest[..p.stops as usize];
    let span = (TILE * TILES) as usize;
    for (r, row_logits) in logits.chunks_exact(p.columns as usize).enumerate() {
        for (g, part) in row_logits.chunks(span).enumerate() {
            let first_id = p.first_id + (g * span) as u32;
            let at = (p.first_partial as usize + g) * p.rows as usize + r;
            partials[at] = reduce(&rows[r], first_id, part, banned, stops);
        }
    }
    memory.put(call.partials, buffer);
}

fn reduce(row: &RecordRow, first_id: u32, logits: &[f32], banned: &[u32], stops: &[u32]) -> Stats {
    let mut stats = Stats::NONE;
    for (id, logit) in (first_id..).zip(logits) {
        if banned.contains(&id) {
            continue;
        }
        let l = logit * row.scale;
        let noise = if row.noise == 0.0 {
            0.0
        } else {
            row.noise * random::gumbel(random::bits(row.key, id))
        };
        stats = stats.merge(Stats::of(id, l, l + noise));
        if id == row.current {
            stats.l_cur = l;
        }
        if stops.contains(&id) {
            stats.l_eos = log_add(stats.l_eos, l);
        }
    }
    stats
}
