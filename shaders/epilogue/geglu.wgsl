// y[row, j] = gelu(gate_j) * up_j; the weight's rows alternate gate_0, up_0, gate_1, up_1, ...

#import lib/gelu

fn finish(row: u32, column: u32, value: vec4<f32>) {
    for (var i = 0u; i < 4u; i += 2u) {
        if column + i < params.columns {
            let at = (params.first_column + column + i) / 2u;
            y[row * params.y_stride + at] = gelu(value[i]) * value[i + 1u];
        }
    }
}
