// y[r, n] = epilogue(sum over k of x[r, k] * W[n, k])

#import weights
#import epilogue
#import tile

struct Params {
    rows: u32,
    // Quads of k: k / 4.
    quads: u32,
    // Rows of this shard of W.
    columns: u32,
    // Where this shard's columns start in y.
    first_column: u32,
    y_stride: u32,
    // Word of `weight` where the scale plane starts.
    scale_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn emit(shape: TileShape, row: u32, column: u32, value: vec4<f32>) {
    if shape.first_row + row < shape.rows {
        finish(shape.first_row + row, shape.first_column + column, value);
    }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let shape = TileShape(
        group.y * TILE_ROWS,
        params.rows,
        group.x * TILE_COLUMNS,
        params.columns,
        params.quads,
        params.scale_offset,
    );
    tile_product(shape, lane);
}
