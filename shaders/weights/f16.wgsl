// Resident format f16: row-major, two numbers a word.

fn weight4(row: u32, quad: u32, quads: u32, scale_offset: u32) -> vec4<f32> {
    let at = (row * quads + quad) * 2u;
    return vec4<f32>(unpack2x16float(weight[at]), unpack2x16float(weight[at + 1u]));
}

fn weight_scale(block: u32, scale_offset: u32) -> f32 {
    return 1.0;
}

fn weight8(block: u32, part: u32, scale: f32) -> mat2x4<f32> {
    let quad = block * 8u + part;
    return mat2x4<f32>(weight4(0u, quad, 0u, 0u), weight4(0u, quad + 4u, 0u, 0u));
}
