// The numbers of two rows are loaded by one lane of four and handed to the others of the subgroup.

#import lib/hand4
#import lib/share_lanes

alias Sources = vec2<u32>;

fn sources(lane: Lane) -> Sources {
    let row = lane.in_subgroup % 4u;
    return vec2<u32>(query_starts[row], query_starts[row + 4u]);
}

fn queries(at: Sources, quad: u32) -> Rows {
    return hand(qkv[at.x + quad], qkv[at.y + quad]);
}

fn weights_of(quad: u32, lane: Lane) -> Rows {
    let row = quad * 8u + lane.in_subgroup % 4u;
    return hand(weights[row], weights[row + 4u]);
}
