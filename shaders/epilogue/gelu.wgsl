// y[row, column] = gelu(value + bias[column])

#import lib/gelu

@group(0) @binding(4) var<storage, read> bias: array<f32>;

fn finish(row: u32, column: u32, value: vec4<f32>) {
    for (var i = 0u; i < 4u; i++) {
        if column + i < params.columns {
            let at = params.first_column + column + i;
            y[row * params.y_stride + at] = gelu(value[i] + bias[at]);
        }
    }
}
