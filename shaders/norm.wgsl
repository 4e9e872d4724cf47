// y[r, :] = (x[source_row(r), :] - mean) / sqrt(mean of squares + eps) * gain + offset; `norm` says which of mean and offset there are

#import reduce
#import rows
#import norm

const WORKGROUP: u32 = 64u;

struct Params {
    dim: u32,
    eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// [dim], or [2, dim]: the gain, then the offset
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let from_row = source_row(group.x) * params.dim;
    let to_row = group.x * params.dim;
    let mean = row_mean(from_row, lane);
    var squares = 0.0;
    for (var i = lane.index; i < params.dim; i += WORKGROUP) {
        let v = x[from_row + i] - mean;
        squares += v * v;
    }
    let factor = inverseSqrt(reduce_sum(squares, lane) / f32(params.dim) + params.eps);
    for (var i = lane.index; i < params.dim; i += WORKGROUP) {
        y[to_row + i] = (x[from_row + i] - mean) * factor * gain[i] + offset(i);
    }
}
