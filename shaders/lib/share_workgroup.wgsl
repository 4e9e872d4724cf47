// Every lane loads what it needs of each row.

#import lib/tile_rows

const LANES: u32 = 64u;

struct Lane {
    @builtin(local_invocation_index) index: u32,
}

// Where the queries of rows 0 to 3 and of rows 4 to 7 begin.
struct Sources {
    low: vec4<u32>,
    high: vec4<u32>,
}

fn least_strand(lane: Lane) -> u32 {
    return 1u;
}

fn sources(lane: Lane) -> Sources {
    return Sources(
        vec4<u32>(query_starts[0], query_starts[1], query_starts[2], query_starts[3]),
        vec4<u32>(query_starts[4], query_starts[5], query_starts[6], query_starts[7]),
    );
}

fn queries(at: Sources, quad: u32) -> Rows {
    let low = at.low + quad;
    let high = at.high + quad;
    return Rows(qkv[low.x], qkv[low.y], qkv[low.z], qkv[low.w], qkv[high.x], qkv[high.y], qkv[high.z], qkv[high.w]);
}

fn weights_of(quad: u32, lane: Lane) -> Rows {
    let at = quad * 8u;
    return Rows(
        weights[at],
        weights[at + 1u],
        weights[at + 2u],
        weights[at + 3u],
        weights[at + 4u],
        weights[at + 5u],
        weights[at + 6u],
        weights[at + 7u],
    );
}
