// LayerNorm: the mean goes, an offset is added.

fn row_mean(from_row: u32, lane: Lane) -> f32 {
    var total = 0.0;
    for (var i = lane.index; i < params.dim; i += WORKGROUP) {
        total += x[from_row + i];
    }
    return reduce_sum(total, lane) / f32(params.dim);
}

fn offset(i: u32) -> f32 {
    return gain[params.dim + i];
}
