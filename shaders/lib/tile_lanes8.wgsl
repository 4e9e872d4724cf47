// Register tiles for subgroups of 8 lanes or more: eight lanes load a row each.

#import lib/tile_lanes

fn x_rows(shape: TileShape, lane: Lane, quad: u32) -> Rows {
    let rows = x_quad(shape, lane.in_subgroup % 8u, quad);
    return Rows(
        subgroupBroadcast(rows, 0u),
        subgroupBroadcast(rows, 1u),
        subgroupBroadcast(rows, 2u),
        subgroupBroadcast(rows, 3u),
        subgroupBroadcast(rows, 4u),
        subgroupBroadcast(rows, 5u),
        subgroupBroadcast(rows, 6u),
        subgroupBroadcast(rows, 7u),
    );
}
