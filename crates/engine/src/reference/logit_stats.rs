//! Twin of `shaders/logit_stats.wgsl`.

use super::HostMemory;
use super::logit_guidance::read_rules;
use super::stats::{Stats, log_add};
use crate::Record;
use crate::kernels::LOWEST;
use crate::kernels::head_stats::RecordRow;
use crate::kernels::logit_guidance::RulesHeader;
use crate::kernels::logit_stats::{LogitStats, ReadoutRow};
use crate::order;
use crate::random;

/// Writes the record of every row.
pub fn run(call: &LogitStats, memory: &mut HostMemory) {
    let p = &call.params;
    let mut buffer = memory.take(call.readout);
    let readout: &mut [ReadoutRow] = bytemuck::cast_slice_mut(&mut buffer);
    let rows: &[RecordRow] = bytemuck::cast_slice(memory.words(call.record_rows));
    let logits = memory.floats(call.logits);
    let stops = &memory.words(call.special)[p.first_stop as usize..][..p.stops as usize];
    let (rules, _) = read_rules(memory, call.rules);
    for (r, out) in readout.iter_mut().take(call.rows as usize).enumerate() {
        let raw = &logits[r * p.vocabulary as usize..][..p.vocabulary as usize];
        out.record = record(raw, &rows[r], &rules, stops);
    }
    memory.put(call.readout, buffer);
}

/// A raw logit in stat space; a banned one stays banned whatever the scale.
pub fn stat_logit(raw: f32, scale: f32) -> f32 {
    if raw <= LOWEST { LOWEST } else { raw * scale }
}

fn record(raw: &[f32], row: &RecordRow, rules: &RulesHeader, stops: &[u32]) -> Record {
    let mut logits: Vec<f32> = raw.iter().map(|l| stat_logit(*l, row.scale)).collect();
    let cut = cut(&logits, rules);
    for l in &mut logits {
        if *l < cut {
            *l = LOWEST;
        }
    }
    let mut stats = stats(&logits, row);
    let logit = |id: u32| logits.get(id as usize).copied().unwrap_or(LOWEST);
    stats.l_cur = logit(row.current);
    stats.l_eos = stops
        .iter()
        .fold(LOWEST, |sum, id| log_add(sum, logit(*id)));
    let chosen = stats.record();
    if rules.eos_last == 0 {
        return chosen;
    }
    stops_last(chosen, logits, row, stops)
}

fn stats(logits: &[f32], row: &RecordRow) -> Stats {
    let live = (0..).zip(logits).filter(|(_, l)| **l > LOWEST);
    live.fold(Stats::NONE, |stats, (id, l)| {
        let noise = match row.noise {
            0.0 => 0.0,
            factor => factor * random::gumbel(random::bits(row.key, id)),
        };
        stats.merge(Stats::of(id, *l, l + noise))
    })
}

/// The smallest logit that top-p and top-k keep; ties with it are kept too.
fn cut(logits: &[f32], rules: &RulesHeader) -> f32 {
    let mut cut = LOWEST;
    if rules.top_p >= 1.0 && rules.top_k == 0 {
        return cut;
    }
    let mut ranked: Vec<f32> = logits.iter().copied().filter(|l| *l > LOWEST).collect();
    order::sort(&mut ranked, |a, b| b.total_cmp(a));
    if rules.top_p < 1.0 {
        cut = mass_cut(&ranked, rules.top_p);
    }
    if rules.top_k > 0 {
        cut = cut.max(*ranked.get(rules.top_k as usize - 1).unwrap_or(&LOWEST));
    }
    cut
}

/// The last of the `ranked` logits above which there is at most `top_p` of the mass.
fn mass_cut(ranked: &[f32], top_p: f32) -> f32 {
    let weights = || ranked.iter().map(|l| (l - ranked[0]).exp());
    let limit = top_p * weights().sum::<f32>();
    // `above` is the mass strictly above the current group of equal logits.
    let (mut cut, mut above, mut up_to) = (LOWEST, 0.0_f32, 0.0_f32);
    for (l, weight) in ranked.iter().zip(weights()) {
        if *l != cut {
            above = up_to;
        }
        if above > limit {
            break;
        }
        cut = *l;
        up_to += weight;
    }
    cut
}

/// The chosen ids stay; the mass is that of the kept ids that do not stop.
fn stops_last(chosen: Record, mut kept: Vec<f32>, row: &RecordRow, stops: &[u32]) -> Record {
    for id in stops {
        if let Some(logit) = kept.get_mut(*id as usize) {
            *logit = LOWEST;
        }
    }
    let rest = stats(&kept, row);
    // Where only stop ids are left, a finite lse makes every probability 0.
    let (lse, ent) = match rest.sum {
        0.0 => (0.0, 0.0),
        _ => (rest.record().lse, rest.record().ent),
    };
    let unless_stop = |id: u32, l: f32| if stops.contains(&id) { LOWEST } else { l };
    Record {
        lse,
        ent,
        l1: unless_stop(chosen.top1, chosen.l1),
        l2: unless_stop(chosen.top2, chosen.l2),
        l_samp: unless_stop(chosen.samp, chosen.l_samp),
        ..chosen
    }
}
