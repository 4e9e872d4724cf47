// A row's numbers are loaded by one lane of eight and handed to the others of the subgroup, which has 8 lanes or more.

#import lib/hand8
#import lib/share_lanes

alias Sources = u32;

fn sources(lane: Lane) -> Sources {
    return query_starts[lane.in_subgroup % 8u];
}

fn queries(at: Sources, quad: u32) -> Rows {
    return hand(qkv[at + quad]);
}

fn weights_of(quad: u32, lane: Lane) -> Rows {
    return hand(weights[quad * 8u + lane.in_subgroup % 8u]);
}
