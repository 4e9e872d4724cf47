// A tile of x W^T, 8 rows x 256 columns by 64 lanes, without workgroup memory: each lane keeps 8 rows x 4 columns in
// registers and unpacks the weights of its own columns; a number of x is loaded by one lane and handed to the others
// of its subgroup. Only for k that is a multiple of 32: a round is a block.
// shaders/notes/matmul.md says which devices are faster so.

#import lib/tile_shape
#import lib/tile_rows

const TILE_ROWS: u32 = 8u;
const TILE_COLUMNS: u32 = 256u;
const TILE_PARTS: u32 = 8u;

struct Lane {
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) in_subgroup: u32,
}

// Rows beyond the last repeat it, so that no load needs a condition; `emit` drops them.
fn x_quad(shape: TileShape, row: u32, quad: u32) -> vec4<f32> {
    return x[min(shape.first_row + row, shape.rows - 1u) * shape.quads + quad];
}

fn tile_product(shape: TileShape, lane: Lane) {
    let blocks = shape.quads / 8u;
    let column = lane.index * 4u;
    let columns = vec4<u32>(shape.first_column + column) + vec4<u32>(0u, 1u, 2u, 3u);
    let first = min(columns, vec4<u32>(shape.columns - 1u)) * blocks;
    var row0 = vec4<f32>();
    var row1 = vec4<f32>();
    var row2 = vec4<f32>();
    var row3 = vec4<f32>();
    var row4 = vec4<f32>();
    var row5 = vec4<f32>();
    var row6 = vec4<f32>();
    var row7 = vec4<f32>();
    for (var block = 0u; block < blocks; block++) {
        let at = first + block;
        let scale0 = weight_scale(at.x, shape.scale_offset);
        let scale1 = weight_scale(at.y, shape.scale_offset);
        let scale2 = weight_scale(at.z, shape.scale_offset);
        let scale3 = weight_scale(at.w, shape.scale_offset);
        for (var part = 0u; part < 4u; part++) {
            let w0 = weight8(at.x, part, scale0);
            let w1 = weight8(at.y, part, scale1);
            let w2 = weight8(at.z, part, scale2);
            let w3 = weight8(at.w, part, scale3);
            let near = transpose(mat4x4<f32>(w0[0], w1[0], w2[0], w3[0]));
            let far = transpose(mat4x4<f32>(w0[1], w1[1], w2[1], w3[1]));
            let a = x_rows(shape, lane, block * 8u + part);
            let b = x_rows(shape, lane, block * 8u + part + 4u);
            row0 = add_quad(add_quad(row0, a.row0, near), b.row0, far);
            row1 = add_quad(add_quad(row1, a.row1, near), b.row1, far);
            row2 = add_quad(add_quad(row2, a.row2, near), b.row2, far);
            row3 = add_quad(add_quad(row3, a.row3, near), b.row3, far);
            row4 = add_quad(add_quad(row4, a.row4, near), b.row4, far);
            row5 = add_quad(add_quad(row5, a.row5, near), b.row5, far);
            row6 = add_quad(add_quad(row6, a.row6, near), b.row6, far);
            row7 = add_quad(add_quad(row7, a.row7, near), b.row7, far);
        }
    }
    emit(shape, 0u, column, row0);
    emit(shape, 1u, column, row1);
    emit(shape, 2u, column, row2);
    emit(shape, 3u, column, row3);
    emit(shape, 4u, column, row4);
    emit(shape, 5u, column, row5);
    emit(shape, 6u, column, row6);
    emit(shape, 7u, column, row7);
}
