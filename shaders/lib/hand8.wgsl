// Eight lanes know a row each; every lane of the subgroup gets all eight.

#import lib/tile_rows

fn hand(row: vec4<f32>) -> Rows {
    return Rows(
        subgroupBroadcast(row, 0u),
        subgroupBroadcast(row, 1u),
        subgroupBroadcast(row, 2u),
        subgroupBroadcast(row, 3u),
        subgroupBroadcast(row, 4u),
        subgroupBroadcast(row, 5u),
        subgroupBroadcast(row, 6u),
        subgroupBroadcast(row, 7u),
    );
}
