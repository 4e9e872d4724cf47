// Register tiles for subgroups of 8 lanes or more: eight lanes load a row each.

#import lib/tile_lanes
#import lib/hand8

fn x_rows(shape: TileShape, lane: Lane, quad: u32) -> Rows {
    return hand(x_quad(shape, lane.in_subgroup % 8u, quad));
}
