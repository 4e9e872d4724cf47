// A TILE x TILE tile of x W^T by 64 lanes; each lane keeps 4 rows x 4 columns in registers.
// The kernel binds `x: array<vec4<f32>>` (row-major, quads of k) and `weight`, and imports `weights`.

const TILE: u32 = 32u;
const LANES: u32 = 64u;
// Quads of k staged per round.
const DEPTH: u32 = 8u;

// Four rows of four columns.
alias Patch = array<vec4<f32>, 4>;

// Both tiles are transposed: [k within the round][quad of rows or columns].
var<workgroup> x_tile: array<vec4<Elem>, 256>;
var<workgroup> w_tile: array<vec4<Elem>, 256>;

struct TileShape {
    first_row: u32,
    rows: u32,
    first_column: u32,
    columns: u32,
    quads: u32,
    scale_offset: u32,
}

// Elem may be f16, whose largest number is 65504; larger activations saturate instead of becoming infinite.
fn to_elem(v: vec4<f32>) -> vec4<Elem> {
    return vec4<Elem>(clamp(v, vec4<f32>(-65504.0), vec4<f32>(65504.0)));
}

fn stage_x(shape: TileShape, quad: u32, depth: u32, group: u32) {
    var rows: Patch;
    for (var i = 0u; i < 4u; i++) {
        let row = shape.first_row + group * 4u + i;
        if row < shape.rows && quad < shape.quads {
            rows[i] = x[row * shape.quads + quad];
        }
    }
    let columns = transpose(mat4x4<f32>(rows[0], rows[1], rows[2], rows[3]));
    for (var k = 0u; k < 4u; k++) {
        x_tile[(depth * 4u + k) * 8u + group] = to_elem(columns[k]);
    }
}

fn stage_w(shape: TileShape, quad: u32, depth: u32, group: u32) {
    var rows: Patch;
    for (var i = 0u; i < 4u; i++) {
        let column = shape.first_column + group * 4u + i;
        if column < shape.columns && quad < shape.quads {
            rows[i] = weight4(column, quad, shape.quads, shape.scale_offset);
        }
    }
    let columns = transpose(mat4x4<f32>(rows[0], rows[1], rows[2], rows[3]));
    for (var k = 0u; k < 4u; k++) {
        w_tile[(depth * 4u + k) * 8u + group] = to_elem(columns[k]);
    }
}

fn tile_product(shape: TileShape, lane: u32) -> Patch {
    let row_quad = lane / 8u;
    let column_quad = lane % 8u;
    var sums: Patch;
    for (var round = 0u; round < shape.quads; round += DEPTH) {
        stage_x(shape, round + column_quad, column_quad, row_quad);
        stage_w(shape, round + column_quad, column_quad, row_quad);
        workgroupBarrier();
        for (var k = 0u; k < DEPTH * 4u; k++) {
            let rows = x_tile[k * 8u + row_quad];
            let columns = w_tile[k * 8u + column_quad];
            sums[0] += vec4<f32>(columns * rows.x);
            sums[1] += vec4<f32>(columns * rows.y);
            sums[2] += vec4<f32>(columns * rows.z);
            sums[3] += vec4<f32>(columns * rows.w);
        }
        workgroupBarrier();
    }
    return sums;
}
