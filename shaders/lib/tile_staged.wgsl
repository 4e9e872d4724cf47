// A tile of x W^T, 32 rows x 32 columns by 64 lanes, through workgroup memory; each lane keeps 4 rows x 4 columns
// in registers.

#import lib/tile_shape

const TILE_ROWS: u32 = 32u;
const TILE_COLUMNS: u32 = 32u;
const TILE_PARTS: u32 = 2u;
// Quads of k staged per round.
const DEPTH: u32 = 8u;

struct Lane {
    @builtin(local_invocation_index) index: u32,
}

// Both tiles are transposed: [k within the round][quad of rows or columns].
var<workgroup> x_tile: array<vec4<Elem>, 256>;
var<workgroup> w_tile: array<vec4<Elem>, 256>;

// Elem may be f16, whose largest number is 65504; larger activations saturate instead of becoming infinite.
fn to_elem(v: vec4<f32>) -> vec4<Elem> {
    return vec4<Elem>(clamp(v, vec4<f32>(-65504.0), vec4<f32>(65504.0)));
}

fn x_quad(shape: TileShape, row: u32, quad: u32) -> vec4<f32> {
    if row < shape.rows && quad < shape.quads {
        return x[row * shape.quads + quad];
    }
    return vec4<f32>();
}

fn w_quad(shape: TileShape, column: u32, quad: u32) -> vec4<f32> {
    if column < shape.columns && quad < shape.quads {
        return weight4(column, quad, shape.quads, shape.scale_offset);
    }
    return vec4<f32>();
}

fn stage_x(shape: TileShape, quad: u32, depth: u32, group: u32) {
    let row = shape.first_row + group * 4u;
    let columns = transpose(mat4x4<f32>(
        x_quad(shape, row, quad),
        x_quad(shape, row + 1u, quad),
        x_quad(shape, row + 2u, quad),
        x_quad(shape, row + 3u, quad),
    ));
    let at = depth * 32u + group;
    x_tile[at] = to_elem(columns[0]);
    x_tile[at + 8u] = to_elem(columns[1]);
    x_tile[at + 16u] = to_elem(columns[2]);
    x_tile[at + 24u] = to_elem(columns[3]);
}

fn stage_w(shape: TileShape, quad: u32, depth: u32, group: u32) {
    let column = shape.first_column + group * 4u;
    let columns = transpose(mat4x4<f32>(
        w_quad(shape, column, quad),
        w_quad(shape, column + 1u, quad),
        w_quad(shape, column + 2u, quad),
        w_quad(shape, column + 3u, quad),
    ));
    let at = depth * 32u + group;
    w_tile[at] = to_elem(columns[0]);
    w_tile[at + 8u] = to_elem(columns[1]);
    w_tile[at + 16u] = to_elem(columns[2]);
    w_tile[at + 24u] = to_elem(columns[3]);
}

fn tile_product(shape: TileShape, lane: Lane) {
    let row_quad = lane.index / 8u;
    let column_quad = lane.index % 8u;
    // Named rows, because an array that is indexed anywhere by a variable lives in memory on some
    // compilers, not in registers.
    var row0 = vec4<f32>();
    var row1 = vec4<f32>();
    var row2 = vec4<f32>();
    var row3 = vec4<f32>();
    for (var round = 0u; round < shape.quads; round += DEPTH) {
        stage_x(shape, round + column_quad, column_quad, row_quad);
        stage_w(shape, round + column_quad, column_quad, row_quad);
        workgroupBarrier();
        for (var k = 0u; k < DEPTH * 4u; k++) {
            let rows = x_tile[k * 8u + row_quad];
            let columns = w_tile[k * 8u + column_quad];
            row0 += vec4<f32>(columns * rows.x);
            row1 += vec4<f32>(columns * rows.y);
            row2 += vec4<f32>(columns * rows.z);
            row3 += vec4<f32>(columns * rows.w);
        }
        workgroupBarrier();
    }
    let row = row_quad * 4u;
    let column = column_quad * 4u;
    emit(shape, row, column, row0);
    emit(shape, row + 1u, column, row1);
    emit(shape, row + 2u, column, row2);
    emit(shape, row + 3u, column, row3);
}
