// Register tiles for every subgroup, which has 4 lanes or more: four lanes load two rows each.

#import lib/tile_lanes
#import lib/hand4

fn x_rows(shape: TileShape, lane: Lane, quad: u32) -> Rows {
    let row = lane.in_subgroup % 4u;
    return hand(x_quad(shape, row, quad), x_quad(shape, row + 4u, quad));
}
