// x[r, :] = E[ids[r], :], or += it, for the ids whose rows lie in this shard of E

#import weights
#import place

const WORKGROUP: u32 = 64u;

struct Params {
    // Quads of the hidden size: dim / 4.
    quads: u32,
    first_id: u32,
    // Rows of this shard of E.
    shard_rows: u32,
    scale_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x;
    // Ids below the shard wrap around to large numbers, so one comparison is enough.
    let shard_row = ids[row] - params.first_id;
    if shard_row >= params.shard_rows {
        return;
    }
    for (var quad = lane; quad < params.quads; quad += WORKGROUP) {
        place(row * params.quads + quad, weight4(shard_row, quad, params.quads, params.scale_offset));
    }
}
