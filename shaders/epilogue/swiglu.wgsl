// y[row, j] = silu(gate_j) * up_j; the weight's rows alternate gate_0, up_0, gate_1, up_1, ...

fn silu(v: f32) -> f32 {
    return v / (1.0 + exp(-v));
}

fn finish(row: u32, column: u32, value: vec4<f32>) {
    for (var i = 0u; i < 4u; i += 2u) {
        if column + i < params.columns {
            let at = (params.first_column + column + i) / 2u;
            y[row * params.y_stride + at] = silu(value[i]) * value[i + 1u];
        }
    }
}
