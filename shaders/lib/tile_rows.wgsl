// Eight rows of a tile, by name: an array that is indexed by a variable lives in memory on some compilers.

struct Rows {
    row0: vec4<f32>,
    row1: vec4<f32>,
    row2: vec4<f32>,
    row3: vec4<f32>,
    row4: vec4<f32>,
    row5: vec4<f32>,
    row6: vec4<f32>,
    row7: vec4<f32>,
}

// sum + a b for one row, where b has four rows of four columns
fn add_quad(sum: vec4<f32>, a: vec4<f32>, b: mat4x4<f32>) -> vec4<f32> {
    let two = fma(b[1], vec4<f32>(a.y), fma(b[0], vec4<f32>(a.x), sum));
    return fma(b[3], vec4<f32>(a.w), fma(b[2], vec4<f32>(a.z), two));
}

// As add_quad, for eight rows.
fn add_rows(sums: Rows, a: Rows, b: mat4x4<f32>) -> Rows {
    return Rows(
        add_quad(sums.row0, a.row0, b),
        add_quad(sums.row1, a.row1, b),
        add_quad(sums.row2, a.row2, b),
        add_quad(sums.row3, a.row3, b),
        add_quad(sums.row4, a.row4, b),
        add_quad(sums.row5, a.row5, b),
        add_quad(sums.row6, a.row6, b),
        add_quad(sums.row7, a.row7, b),
    );
}
