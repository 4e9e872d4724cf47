// Row index[r] of x becomes row r of y.

fn x_row(row: u32) -> u32 {
    return index[row];
}

fn y_row(row: u32) -> u32 {
    return row;
}

fn written(row: u32, i: u32, word: u32, there: u32) -> u32 {
    return word;
}
