// y[row, column] = value

fn finish(row: u32, column: u32, value: vec4<f32>) {
    for (var i = 0u; i < 4u; i++) {
        if column + i < params.columns {
            y[row * params.y_stride + params.first_column + column + i] = value[i];
        }
    }
}
