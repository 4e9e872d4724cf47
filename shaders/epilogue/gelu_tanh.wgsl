// y[row, column] = gelu(value + bias[column]), with the tanh that GPT-2 puts for the error function

@group(0) @binding(4) var<storage, read> bias: array<f32>;

// (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)), which has no large intermediate where u is large.
fn gelu_tanh(v: f32) -> f32 {
    let u = 0.79788456 * (v + 0.044715 * v * v * v);
    return v / (1.0 + exp(-2.0 * u));
}

fn finish(row: u32, column: u32, value: vec4<f32>) {
    for (var i = 0u; i < 4u; i++) {
        if column + i < params.columns {
            let at = params.first_column + column + i;
            y[row * params.y_stride + at] = gelu_tanh(value[i] + bias[at]);
        }
    }
}
