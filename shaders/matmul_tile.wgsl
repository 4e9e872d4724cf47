// y[r, n] = epilogue(sum over k of x[r, k] * W[n, k])

#import weights
#import epilogue
#import lib/tile_product

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

fn finish_inside(row: u32, column: u32, value: vec4<f32>) {
    if row < params.rows {
        finish(row, column, value);
    }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let shape = TileShape(
        group.y * TILE,
        params.rows,
        group.x * TILE,
        params.columns,
        params.quads,
        params.scale_offset,
    );
    let products = tile_product(shape, lane);
    let column = shape.first_column + (lane % 8u) * 4u;
    let row = shape.first_row + (lane / 8u) * 4u;
    finish_inside(row, column, products.row0);
    finish_inside(row + 1u, column, products.row1);
    finish_inside(row + 2u, column, products.row2);
    finish_inside(row + 3u, column, products.row3);
}
