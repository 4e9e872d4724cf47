// Resident format f16: row-major, two numbers a word.

fn weight4(row: u32, quad: u32, quads: u32, scale_offset: u32) -> vec4<f32> {
    let at = (row * quads + quad) * 2u;
    return vec4<f32>(unpack2x16float(weight[at]), unpack2x16float(weight[at + 1u]));
}
