// drift[at + i] = |x / |x| - y / |y||^2 = 2 - 2 cos(x, y), of row first + i of x and row index[first + i] of y

#import reduce

const WORKGROUP: u32 = 64u;
// Below that, a row counts as this long: it has no direction.
const LEAST: f32 = 1e-16;

struct Params {
    first: u32,
    at: u32,
    width: u32,
    x_first: u32,
    // Numbers from one row of x to the next.
    x_stride: u32,
    y_first: u32,
    y_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> index: array<u32>;
@group(0) @binding(4) var<storage, read_write> drift: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, lane: Lane) {
    let row = params.first + group.x;
    let x_at = row * params.x_stride + params.x_first;
    let y_at = index[row] * params.y_stride + params.y_first;
    var x_square = 0.0;
    var y_square = 0.0;
    for (var i = lane.index; i < params.width; i += WORKGROUP) {
        x_square += x[x_at + i] * x[x_at + i];
        y_square += y[y_at + i] * y[y_at + i];
    }
    let x_factor = inverseSqrt(max(reduce_sum(x_square, lane), LEAST));
    let y_factor = inverseSqrt(max(reduce_sum(y_square, lane), LEAST));
    // The difference first: 1 - cos would lose all digits of small drifts.
    var sum = 0.0;
    for (var i = lane.index; i < params.width; i += WORKGROUP) {
        let apart = x[x_at + i] * x_factor - y[y_at + i] * y_factor;
        sum += apart * apart;
    }
    let total = reduce_sum(sum, lane);
    if lane.index == 0u {
        drift[params.at + group.x] = total;
    }
}
