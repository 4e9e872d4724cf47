// Resident format q8_0: w = d * q; a plane of int8 q, then one f16 d per 32 elements of a row.

#import lib/block_scale

fn weight4(row: u32, quad: u32, quads: u32, scale_offset: u32) -> vec4<f32> {
    let word = weight[row * quads + quad];
    // Shift each byte to the top, then back down, to extend its sign.
    let bytes = vec4<i32>(vec4<u32>(word << 24u, word << 16u, word << 8u, word)) >> vec4<u32>(24u);
    return vec4<f32>(bytes) * block_scale((row * quads + quad) / 8u, scale_offset);
}
