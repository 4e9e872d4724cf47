// One step's commits: ranks the records of the open rows, takes the best of them that the rule lets pass, writes their
// samples into ids, and makes the record rows those of the next step. One workgroup.

#import lib/record
#import lib/record_row
#import lib/random

const WORKGROUP: u32 = 256u;
const MOST_ROWS: u32 = 1024u;
// Words of a record and of its mark in the log.
const STEP_WORDS: u32 = 11u;

const NO_ROW: u32 = 0xffffffffu;
// Keys of rows that hold a token: since an earlier step, since this one.
const CLOSED: u32 = 0u;
const TAKEN: u32 = 0xffffffffu;

struct Params {
    // Which step of the submission.
    step: u32,
    // Where the stop ids begin in `special`, and their number.
    first_stop: u32,
    stops: u32,
}

// What a step may take: at least and at most so many, and the part of the next step's random numbers that its rows share.
struct Limit {
    least: u32,
    most: u32,
    next_key: u32,
}

struct Decision {
    rows: u32,
    // Whether low entropy goes first, or high probability.
    by_entropy: u32,
    // Bound of the entropies of what is taken, without the largest of them.
    gamma: f32,
    // Stop tokens from this position on end the text.
    text_start: u32,
    // [steps]
    limits: array<Limit>,
}

struct Candidate {
    position: u32,
    // Row of the forward that holds the position.
    target_row: u32,
    // The key that the candidate of this rank, not this row, must reach.
    bar: u32,
}

struct Log {
    masks_left: u32,
    // Whether nothing is left to do: every row holds a token, or nothing before the first stop token is open.
    stopped: u32,
    steps: u32,
    // Position of the first stop token; NO_ROW for none.
    first_stop: u32,
    // [steps, rows, STEP_WORDS]: a record, and whether it was taken
    words: array<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> records: array<Record>;
@group(0) @binding(2) var<storage, read> decision: Decision;
@group(0) @binding(3) var<storage, read> candidates: array<Candidate>;
@group(0) @binding(4) var<storage, read> special: array<u32>;
@group(0) @binding(5) var<storage, read_write> record_rows: array<RecordRow>;
@group(0) @binding(6) var<storage, read_write> ids: array<u32>;
@group(0) @binding(7) var<storage, read_write> log_book: Log;

var<workgroup> keys: array<u32, MOST_ROWS>;
// [rank]: row
var<workgroup> ranked: array<u32, MOST_ROWS>;
var<workgroup> taken: u32;
var<workgroup> open: atomic<u32>;
var<workgroup> first_open: atomic<u32>;
var<workgroup> first_stop: atomic<u32>;

// Keys compare as the floats do, -0 below +0.
fn order_key(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn score(row: u32) -> u32 {
    let record = records[row];
    return order_key(select(record.l_samp - record.lse, -record.ent, decision.by_entropy == 1u));
}

// The place of an open row; of equals the lower row goes first.
fn rank_of(row: u32) -> u32 {
    let key = keys[row];
    var rank = 0u;
    for (var other = 0u; other < decision.rows; other++) {
        let ahead = keys[other] > key || (keys[other] == key && other < row);
        rank += select(0u, 1u, ahead);
    }
    return rank;
}

// What a device may round to 0 is 0 on every one.
fn without_subnormals(value: f32) -> f32 {
    return select(value, 0.0, (bitcast<u32>(value) & 0x7f800000u) == 0u);
}

// How many of the ranked rows the rule takes.
fn passing() -> u32 {
    let limit = decision.limits[params.step];
    // The sum of entropies is kept without the largest: taking that off again would round.
    var rest = 0.0;
    var largest = 0.0;
    var rank = 0u;
    for (; rank < min(limit.most, decision.rows); rank++) {
        let row = ranked[rank];
        if row == NO_ROW {
            break;
        }
        let entropy = without_subnormals(records[row].ent);
        rest += min(entropy, largest);
        largest = max(entropy, largest);
        let passes = keys[row] >= candidates[rank].bar && rest <= decision.gamma;
        if !passes && rank >= limit.least {
            break;
        }
    }
    return rank;
}

fn is_stop(id: u32) -> bool {
    var found = false;
    for (var i = 0u; i < params.stops; i++) {
        found = found || special[params.first_stop + i] == id;
    }
    return found;
}

fn commit(row: u32) {
    let id = records[row].samp;
    let candidate = candidates[row];
    ids[candidate.target_row] = id;
    record_rows[row].current = id;
    keys[row] = TAKEN;
    if candidate.position >= decision.text_start && is_stop(id) {
        atomicMin(&first_stop, candidate.position);
    }
}

fn report(row: u32) {
    let r = records[row];
    let at = (params.step * decision.rows + row) * STEP_WORDS;
    log_book.words[at] = r.top1;
    log_book.words[at + 1u] = r.top2;
    log_book.words[at + 2u] = r.samp;
    log_book.words[at + 3u] = bitcast<u32>(r.l1);
    log_book.words[at + 4u] = bitcast<u32>(r.l2);
    log_book.words[at + 5u] = bitcast<u32>(r.lse);
    log_book.words[at + 6u] = bitcast<u32>(r.ent);
    log_book.words[at + 7u] = bitcast<u32>(r.l_cur);
    log_book.words[at + 8u] = bitcast<u32>(r.l_eos);
    log_book.words[at + 9u] = bitcast<u32>(r.l_samp);
    log_book.words[at + 10u] = select(0u, 1u, keys[row] == TAKEN);
    let position = candidates[row].position;
    record_rows[row].key = mix(position + decision.limits[params.step].next_key);
    if keys[row] != CLOSED && keys[row] != TAKEN {
        atomicAdd(&open, 1u);
        atomicMin(&first_open, position);
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
    if lane == 0u {
        atomicStore(&open, 0u);
        atomicStore(&first_open, NO_ROW);
        atomicStore(&first_stop, log_book.first_stop);
    }
    for (var row = lane; row < decision.rows; row += WORKGROUP) {
        keys[row] = select(CLOSED, score(row), record_rows[row].current == NO_TOKEN);
        ranked[row] = NO_ROW;
    }
    workgroupBarrier();
    for (var row = lane; row < decision.rows; row += WORKGROUP) {
        if keys[row] != CLOSED {
            ranked[rank_of(row)] = row;
        }
    }
    workgroupBarrier();
    if lane == 0u {
        // A step behind the last takes nothing.
        taken = select(0u, passing(), log_book.stopped == 0u);
    }
    workgroupBarrier();
    for (var rank = lane; rank < taken; rank += WORKGROUP) {
        commit(ranked[rank]);
    }
    workgroupBarrier();
    for (var row = lane; row < decision.rows; row += WORKGROUP) {
        report(row);
    }
    workgroupBarrier();
    if lane == 0u && log_book.stopped == 0u {
        let left = atomicLoad(&open);
        let stop = atomicLoad(&first_stop);
        log_book.masks_left = left;
        log_book.steps += 1u;
        log_book.first_stop = stop;
        log_book.stopped = select(0u, 1u, left == 0u || stop < atomicLoad(&first_open));
    }
}
