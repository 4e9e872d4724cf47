// y[r, n] += share[r, s] * v_n of x[r, s]: the residual stream is added to in place, an expert after the other.

// [rows, slots]
@group(0) @binding(5) var<storage, read> share: array<f32>;

fn source_row(row: u32, entry: u32) -> u32 {
    return entry;
}

fn finish(entry: u32, column: u32, value: vec4<f32>) {
    for (var i = 0u; i < 4u; i++) {
        if column + i < params.columns {
            y[entry / params.slots * params.columns + column + i] += share[entry] * value[i];
        }
    }
}
