// Resident format q4_0: w = d * (nibble - 8); blocks of 16 bytes, then one f16 d per 32 elements.
// Byte j of a block holds element j in its low nibble and element j + 16 in its high one.

#import lib/block_scale

fn weight4(row: u32, quad: u32, quads: u32, scale_offset: u32) -> vec4<f32> {
    let block = (row * quads + quad) / 8u;
    let part = quad % 8u;
    let word = weight[block * 4u + part % 4u] >> ((part / 4u) * 4u);
    let nibbles = vec4<u32>(word, word >> 8u, word >> 16u, word >> 24u) & vec4<u32>(15u);
    return (vec4<f32>(nibbles) - 8.0) * block_scale(block, scale_offset);
}
