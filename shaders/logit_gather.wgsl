// readout[r].gathered[j] = logits[r, asked[r, j]] in stat space; LOWEST for NO_TOKEN

#import lib/record_row
#import lib/stat_logit
#import lib/readout

const WORKGROUP: u32 = 64u;
const SLOTS: u32 = 8u;

struct Params {
    rows: u32,
    vocabulary: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, vocabulary]
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> readout: array<ReadoutRow>;
@group(0) @binding(3) var<storage, read> record_rows: array<RecordRow>;
// [rows, 8]
@group(0) @binding(4) var<storage, read> asked: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) thread: vec3<u32>) {
    let row = thread.x / SLOTS;
    if row >= params.rows {
        return;
    }
    let id = asked[thread.x];
    var l = LOWEST;
    // NO_TOKEN is beyond every vocabulary.
    if id < params.vocabulary {
        l = stat_logit(logits[row * params.vocabulary + id], record_rows[row].scale);
    }
    readout[row].gathered[thread.x % SLOTS] = l;
}
