// A row's products whose sums are made in workgroup memory.

#import lib/tile_vector

struct Lane {
    @builtin(local_invocation_index) index: u32,
}

var<workgroup> slots: array<vec4<f32>, 64>;

fn emit_sum(shape: TileShape, lane: Lane, column: u32, sum: vec4<f32>) {
    slots[lane.index] = sum;
    workgroupBarrier();
    if lane.index % SHARERS == 0u {
        var all = sum;
        for (var i = 1u; i < SHARERS; i++) {
            all += slots[lane.index + i];
        }
        emit(shape, 0u, column, all);
    }
}
