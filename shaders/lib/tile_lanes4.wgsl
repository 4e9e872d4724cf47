// Register tiles for every subgroup, which has 4 lanes or more: four lanes load two rows each.

#import lib/tile_lanes

fn x_rows(shape: TileShape, lane: Lane, quad: u32) -> Rows {
    let low = x_quad(shape, lane.in_subgroup % 4u, quad);
    let high = x_quad(shape, lane.in_subgroup % 4u + 4u, quad);
    return Rows(
        subgroupBroadcast(low, 0u),
        subgroupBroadcast(low, 1u),
        subgroupBroadcast(low, 2u),
        subgroupBroadcast(low, 3u),
        subgroupBroadcast(high, 0u),
        subgroupBroadcast(high, 1u),
        subgroupBroadcast(high, 2u),
        subgroupBroadcast(high, 3u),
    );
}
