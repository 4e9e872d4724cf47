// y[r, s, j] = silu(gate_j) * up_j of x[r]; the rows of an expert's weight alternate gate_0, up_0, gate_1, up_1, ...

fn source_row(row: u32, entry: u32) -> u32 {
    return row;
}

fn silu(v: f32) -> f32 {
    return v / (1.0 + exp(-v));
}

fn finish(entry: u32, column: u32, value: vec4<f32>) {
    for (var i = 0u; i < 4u; i += 2u) {
        if column + i < params.columns {
            y[(entry * params.columns + column + i) / 2u] = silu(value[i]) * value[i + 1u];
        }
    }
}
