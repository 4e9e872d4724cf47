// Resident format f32: row-major, one number a word.
// Interface of every file in this folder: the kernel binds `weight: array<u32>`, and
// weight4(row, quad, quads, scale_offset) gives elements 4*quad .. 4*quad+3 of a row of 4*quads.

fn weight4(row: u32, quad: u32, quads: u32, scale_offset: u32) -> vec4<f32> {
    let at = (row * quads + quad) * 4u;
    return bitcast<vec4<f32>>(vec4<u32>(weight[at], weight[at + 1u], weight[at + 2u], weight[at + 3u]));
}
