//! Twin of `shaders/head_stats.wgsl`.

use super::HostMemory;
use super::matmul_tile::{self, Product};
use super::stats::{Stats, log_add};
use crate::kernels::head_stats::{HeadStats, RecordRow, SPAN};
use crate::random;

/// Partial statistics of every row over one shard of the vocabulary.
pub fn run(call: &HeadStats, memory: &mut HostMemory) {
    let logits = shard_logits(call, memory, matmul_tile::product);
    reduce_logits(call, memory, &logits, reduce, |count, row| {
        (0..count).map(row).collect()
    });
}

/// `[rows, columns]`: the logits of the shard, the products by `product`.
pub fn shard_logits(call: &HeadStats, memory: &HostMemory, product: Product) -> Vec<f32> {
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

/// Statistics of a run of logits: the record row, the id of the first of them, the logits, the
/// banned ids and the stop ids.
pub type Reduce = fn(&RecordRow, u32, &[f32], &[u32], &[u32]) -> Stats;

/// Reduces `logits` `[rows, columns]` of the shard by `reduce` to the partials that the shader would
/// write. `map` gives what a function makes of every number below a count, in order.
pub fn reduce_logits(
    call: &HeadStats,
    memory: &mut HostMemory,
    logits: &[f32],
    reduce: Reduce,
    map: impl Fn(usize, &(dyn Fn(usize) -> Vec<Stats> + Sync)) -> Vec<Vec<Stats>>,
) {
    let p = &call.params;
    let mut buffer = memory.take(call.partials);
    let partials: &mut [Stats] = bytemuck::cast_slice_mut(&mut buffer);
    let rows: &[RecordRow] = bytemuck::cast_slice(memory.words(call.record_rows));
    let special = memory.words(call.special);
    let (banned, rest) = special.split_at(p.banned as usize);
    let stops = &rest[..p.stops as usize];
    let columns = p.columns as usize;
    let reduce_row = |r: usize| {
        let parts = logits[r * columns..][..columns].chunks(SPAN as usize);
        let ids = (p.first_id..).step_by(SPAN as usize);
        let reduce = |(id, part)| reduce(&rows[r], id, part, banned, stops);
        ids.zip(parts).map(reduce).collect()
    };
    let reduced: Vec<Vec<Stats>> = map(p.rows as usize, &reduce_row);
    for (r, stats) in reduced.into_iter().enumerate() {
        let mut stats = stats.into_iter();
        for g in 0..HeadStats::partials(p.columns) {
            let at = (p.first_partial + g) as usize * p.rows as usize + r;
            // Which tokens a partial sums up is the kernel's affair: all of them are merged.
            partials[at] = stats.next().unwrap_or(Stats::NONE);
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
