// picked[first + rank(i)] = place of candidate i, for the `taken` candidates of largest score; of equal scores the earlier comes first. A score is the largest of its neighbours up to `reach` away

const WORKGROUP: u32 = 64u;

struct Params {
    candidates: u32,
    taken: u32,
    reach: u32,
    // Where in `picked` they go.
    first: u32,
    // Places that are no candidates, from gap[0] on.
    skipped: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [candidates]
@group(0) @binding(1) var<storage, read> scores: array<f32>;
// [1]
@group(0) @binding(2) var<storage, read> gap: array<u32>;
@group(0) @binding(3) var<storage, read_write> picked: array<u32>;

fn pooled(i: u32) -> f32 {
    var best = scores[i];
    for (var j = 1u; j <= params.reach; j++) {
        best = max(best, scores[select(0u, i - j, i >= j)]);
        best = max(best, scores[min(i + j, params.candidates - 1u)]);
    }
    return best;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) thread: vec3<u32>) {
    let i = thread.x;
    if i >= params.candidates {
        return;
    }
    let own = pooled(i);
    var rank = 0u;
    for (var j = 0u; j < params.candidates; j++) {
        let score = pooled(j);
        rank += u32(score > own || (score == own && j < i));
    }
    if rank < params.taken {
        picked[params.first + rank] = i + select(0u, params.skipped, i >= gap[0]);
    }
}
