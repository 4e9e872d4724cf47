// What row r of x is more than its row of `before` becomes row index[r] of y.

@group(0) @binding(4) var<storage, read> before: array<f32>;
// Which row of `before` each row was.
@group(0) @binding(5) var<storage, read> rows_before: array<u32>;

fn x_row(row: u32) -> u32 {
    return row;
}

fn y_row(row: u32) -> u32 {
    return index[row];
}

fn written(row: u32, i: u32, word: u32, there: u32) -> u32 {
    return bitcast<u32>(bitcast<f32>(word) - before[rows_before[row] * params.x_stride + params.x_first + i]);
}
