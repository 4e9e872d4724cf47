// A row's products whose sums are made in subgroups, of 8 lanes or more.

#import lib/tile_vector

struct Lane {
    @builtin(local_invocation_index) index: u32,
}

fn emit_sum(shape: TileShape, lane: Lane, column: u32, sum: vec4<f32>) {
    let two = sum + subgroupShuffleXor(sum, 1u);
    let four = two + subgroupShuffleXor(two, 2u);
    let all = four + subgroupShuffleXor(four, 4u);
    if lane.index % SHARERS == 0u {
        emit(shape, 0u, column, all);
    }
}
