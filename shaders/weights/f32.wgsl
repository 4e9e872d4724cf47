// Resident format f32: row-major, one number a word.
// Interface of every file in this folder: the kernel binds `weight: array<u32>`, and
// weight4(row, quad, quads, scale_offset) gives elements 4*quad .. 4*quad+3 of a row of 4*quads.
// Where rows consist of whole blocks of 32, weight8(block, part, weight_scale(block, scale_offset)) gives the quads
// `part` and `part + 4` (part < 4) of a block; blocks are counted over the whole matrix.

fn weight4(row: u32, quad: u32, quads: u32, scale_offset: u32) -> vec4<f32> {
    let at = (row * quads + quad) * 4u;
    return bitcast<vec4<f32>>(vec4<u32>(weight[at], weight[at + 1u], weight[at + 2u], weight[at + 3u]));
}

fn weight_scale(block: u32, scale_offset: u32) -> f32 {
    return 1.0;
}

fn weight8(block: u32, part: u32, scale: f32) -> mat2x4<f32> {
    let quad = block * 8u + part;
    return mat2x4<f32>(weight4(0u, quad, 0u, 0u), weight4(0u, quad + 4u, 0u, 0u));
}
