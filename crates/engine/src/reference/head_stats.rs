//! Twin of `shaders/head_stats.wgsl`.

use super::HostMemory;
use super::matmul_tile::product;
use super::stats::{Stats, log_add};
use crate::kernels::head_stats::{HeadStats, RecordRow, SPAN};
use crate::random;

/// Partial statistics of every row over one shard of the vocabulary.
pub fn run(call: &HeadStats, memory: &mut HostMemory) {
    let p = &call.params;
    let logits = shard_logits(call, memory);
    let mut buffer = memory.take(call.partials);
    let partials: &mut [Stats] = bytemuck::cast_slice_mut(&mut buffer);
    let rows: &[RecordRow] = bytemuck::cast_slice(memory.words(call.record_rows));
    let (banned, rest) = memory.words(call.special).split_at(p.banned as usize);
    let stops = &rest[..p.stops as usize];
    for (r, logits) in logits.chunks_exact(p.columns as usize).enumerate() {
        let mut parts = (p.first_id..)
            .step_by(SPAN as usize)
            .zip(logits.chunks(SPAN as usize));
        for g in 0..HeadStats::partials(p.columns) {
            let at = (p.first_partial + g) as usize * p.rows as usize + r;
            // Which tokens a partial sums up is the kernel's affair: all of them are merged.
            let part = parts.next();
            partials[at] = part.map_or(Stats::NONE, |(id, part)| {
                reduce(&rows[r], id, part, banned, stops)
            });
        }
    }
    memory.put(call.partials, buffer);
}

/// `[rows, columns]`: the logits of the shard.
fn shard_logits(call: &HeadStats, memory: &HostMemory) -> Vec<f32> {
    let p = &call.params;
    let columns = p.columns as usize;
    let shape = [p.rows as usize, columns, p.quads as usize * 4];
    let mut logits = product(memory, call.x, call.weight, call.format, shape);
    if let Some(bias) = call.bias {
        let bias = &memory.floats(bias)[p.first_id as usize..];
        for row in logits.chunks_exact_mut(columns) {
            for (logit, bias) in row.iter_mut().zip(bias) {
                *logit += bias;
            }
        }
    }
    logits
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
