// A tile of x W^T, 1 row x 32 columns by 64 lanes: eight lanes divide k among them for four columns. For few rows, where
// a tile of many would be empty. Only for k that is a multiple of 32.

#import lib/tile_shape

const TILE_ROWS: u32 = 1u;
const TILE_COLUMNS: u32 = 32u;
const TILE_PARTS: u32 = 2u;
// Lanes that share four columns.
const SHARERS: u32 = 8u;

// The products of x with eight elements of each of four columns
fn products8(block: vec4<u32>, part: u32, near: vec4<f32>, far: vec4<f32>, scale_offset: u32) -> vec4<f32> {
    let w0 = weight8(block.x, part, weight_scale(block.x, scale_offset));
    let w1 = weight8(block.y, part, weight_scale(block.y, scale_offset));
    let w2 = weight8(block.z, part, weight_scale(block.z, scale_offset));
    let w3 = weight8(block.w, part, weight_scale(block.w, scale_offset));
    return near * mat4x4<f32>(w0[0], w1[0], w2[0], w3[0]) + far * mat4x4<f32>(w0[1], w1[1], w2[1], w3[1]);
}

fn tile_product(shape: TileShape, lane: Lane) {
    let blocks = shape.quads / 8u;
    let column = lane.index / SHARERS * 4u;
    let columns = vec4<u32>(shape.first_column + column) + vec4<u32>(0u, 1u, 2u, 3u);
    let first = min(columns, vec4<u32>(shape.columns - 1u)) * blocks;
    let row = shape.first_row * shape.quads;
    var sum = vec4<f32>();
    for (var i = lane.index % SHARERS; i < blocks * 4u; i += SHARERS) {
        let block = i / 4u;
        let part = i % 4u;
        let near = x[row + block * 8u + part];
        let far = x[row + block * 8u + part + 4u];
        sum += products8(first + block, part, near, far, shape.scale_offset);
    }
    emit_sum(shape, lane, column, sum);
}
