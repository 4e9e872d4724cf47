//! Twin of `shaders/select.wgsl`.

use super::HostMemory;
use crate::Record;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::kernels::select::{
    Candidate, DecisionHeader, Limit, STEP_WORDS, Select, Status, order_key,
};
use crate::{order, random};

/// What a call reads and does not change.
struct Inputs<'a> {
    records: &'a [Record],
    header: DecisionHeader,
    limit: Limit,
    candidates: &'a [Candidate],
    stops: &'a [u32],
}

/// Commits what the decision lets pass.
pub fn run(call: &Select, memory: &mut HostMemory) {
    let mut record_rows = memory.take(call.record_rows);
    let mut ids = memory.take(call.ids);
    let mut log = memory.take(call.log);
    let inputs = inputs(call, memory);
    let rows: &mut [RecordRow] = bytemuck::cast_slice_mut(&mut record_rows);
    let (status, log_words) = log.split_at_mut(size_of::<Status>() / 4);
    let status: &mut Status = bytemuck::from_bytes_mut(bytemuck::cast_slice_mut(status));
    let count = inputs.header.rows as usize;
    let rows = &mut rows[..count];
    let taken = match status.stopped {
        0 => taken(&inputs, rows),
        _ => Vec::new(),
    };
    let step_words = &mut log_words[call.params.step as usize * count * STEP_WORDS..];
    let logged = step_words.chunks_exact_mut(STEP_WORDS);
    for (row, (logged, record)) in logged.zip(inputs.records).take(count).enumerate() {
        logged[..STEP_WORDS - 1].copy_from_slice(bytemuck::cast_slice(&[*record]));
        logged[STEP_WORDS - 1] = u32::from(taken.contains(&row));
    }
    for &row in &taken {
        let id = inputs.records[row].samp;
        ids[inputs.candidates[row].target_row as usize] = id;
        rows[row].current = id;
    }
    if status.stopped == 0 {
        *status = after(&inputs, rows, &taken, *status);
    }
    for (row, candidate) in rows.iter_mut().zip(inputs.candidates) {
        row.key = random::mix(candidate.position.wrapping_add(inputs.limit.next_key));
    }
    memory.put(call.record_rows, record_rows);
    memory.put(call.ids, ids);
    memory.put(call.log, log);
}

fn inputs<'a>(call: &Select, memory: &'a HostMemory) -> Inputs<'a> {
    let decision = memory.words(call.decision);
    let (header, limits) = decision.split_at(size_of::<DecisionHeader>() / 4);
    let limit_words = size_of::<Limit>() / 4;
    let limit = &limits[call.params.step as usize * limit_words..][..limit_words];
    let stops = &memory.words(call.special)[call.params.first_stop as usize..];
    Inputs {
        records: bytemuck::cast_slice(memory.words(call.records)),
        header: *bytemuck::from_bytes(bytemuck::cast_slice(header)),
        limit: *bytemuck::from_bytes(bytemuck::cast_slice(limit)),
        candidates: bytemuck::cast_slice(memory.words(call.candidates)),
        stops: &stops[..call.params.stops as usize],
    }
}

/// The rows that the rule takes, best first.
fn taken(inputs: &Inputs, rows: &[RecordRow]) -> Vec<usize> {
    let key = |row: usize| {
        let record = &inputs.records[row];
        order_key(match inputs.header.by_entropy {
            1 => -record.ent,
            _ => record.log_proposal(),
        })
    };
    let is_open = |row: &usize| rows[*row].current == NO_TOKEN;
    let mut ranked: Vec<usize> = (0..rows.len()).filter(is_open).collect();
    // A stable sort keeps equals in their order.
    order::sort(&mut ranked, |a, b| key(*b).cmp(&key(*a)));
    let (mut rest, mut largest) = (0.0, 0.0f32);
    let ranks = ranked.iter().zip(inputs.candidates).zip(0..);
    let passes = |((row, candidate), rank): &((&usize, &Candidate), u32)| {
        let entropy = match inputs.records[**row].ent {
            subnormal if subnormal.is_subnormal() => 0.0,
            entropy => entropy,
        };
        rest += entropy.min(largest);
        largest = largest.max(entropy);
        let is_sure = key(**row) >= candidate.bar && rest <= inputs.header.gamma;
        *rank < inputs.limit.most && (is_sure || *rank < inputs.limit.least)
    };
    let count = ranks.take_while(passes).count();
    ranked.truncate(count);
    ranked
}

/// How things stand once the tokens of `taken` are written.
fn after(inputs: &Inputs, rows: &[RecordRow], taken: &[usize], before: Status) -> Status {
    let position = |row: usize| inputs.candidates[row].position;
    let ends = |row: &usize| {
        let is_text = position(*row) >= inputs.header.text_start;
        is_text && inputs.stops.contains(&rows[*row].current)
    };
    let stop = taken.iter().copied().filter(ends).map(position).min();
    let first_stop = before.first_stop.min(stop.unwrap_or(NO_TOKEN));
    let is_open = |row: &usize| rows[*row].current == NO_TOKEN;
    let mut open = (0..rows.len()).filter(is_open).map(position);
    let first_open = open.next();
    Status {
        masks_left: (first_open.into_iter().chain(open)).count() as u32,
        stopped: u32::from(first_open.is_none_or(|open| first_stop < open)),
        steps: before.steps + 1,
        first_stop,
    }
}
