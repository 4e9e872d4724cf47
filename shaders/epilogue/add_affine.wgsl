// y[row, column] += value * factor[column] + offset[column]: a bias, or a gate that the noise level sets.

// [2, columns of y]: the factors, then the offsets
@group(0) @binding(4) var<storage, read> affine: array<f32>;

fn finish(row: u32, column: u32, value: vec4<f32>) {
    for (var i = 0u; i < 4u; i++) {
        if column + i < params.columns {
            let at = params.first_column + column + i;
            y[row * params.y_stride + at] += value[i] * affine[at] + affine[params.y_stride + at];
        }
    }
}
