// y[r, :] = x[source_row(r), :] / sqrt(mean(x²) + eps) * gain

#import reduce
#import rows

const WORKGROUP: u32 = 64u;

struct Params {
    dim: u32,
    eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let from_row = source_row(group.x) * params.dim;
    let to_row = group.x * params.dim;
    var squares = 0.0;
    for (var i = lane.index; i < params.dim; i += WORKGROUP) {
        squares += x[from_row + i] * x[from_row + i];
    }
    let mean = reduce_sum(squares, lane) / f32(params.dim);
    let factor = inverseSqrt(mean + params.eps);
    for (var i = lane.index; i < params.dim; i += WORKGROUP) {
        y[to_row + i] = x[from_row + i] * factor * gain[i];
    }
}
