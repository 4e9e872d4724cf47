// y[y_row(r), y_first + i] = x[x_row(r), x_first + i] for i < width; `copy` says which of the two rows is index[r], and what becomes of the word that is there

#import copy

const WORKGROUP: u32 = 64u;

struct Params {
    width: u32,
    x_first: u32,
    // Words from one row of x to the next.
    x_stride: u32,
    y_first: u32,
    y_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Words, because copies are of numbers and of positions alike.
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<storage, read> index: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x;
    let x_at = x_row(row) * params.x_stride + params.x_first;
    let y_at = y_row(row) * params.y_stride + params.y_first;
    for (var i = lane; i < params.width; i += WORKGROUP) {
        y[y_at + i] = written(row, i, x[x_at + i], y[y_at + i]);
    }
}
