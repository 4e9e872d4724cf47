// Four lanes know two rows each; every lane of the subgroup gets all eight.

#import lib/tile_rows

fn hand(low: vec4<f32>, high: vec4<f32>) -> Rows {
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
