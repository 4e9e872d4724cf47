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

fn weight_scale(block: u32, scale_offset: u32) -> f32 {
    return block_scale(block, scale_offset);
}

fn unpack_low(word: u32, scale: f32) -> vec4<f32> {
    // Nibbles where they are in the word: masks instead of shifts, which SIMD code does one by one. The factor takes
    // the place into account; all products are exact.
    let nibbles = vec4<u32>(word) & vec4<u32>(0xfu, 0xf00u, 0xf0000u, 0xf000000u);
    let factors = scale * vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24);
    return fma(vec4<f32>(vec4<i32>(nibbles)), factors, vec4<f32>(-8.0 * scale));
}

fn weight8(block: u32, part: u32, scale: f32) -> mat2x4<f32> {
    let word = weight[block * 4u + part];
    return mat2x4<f32>(unpack_low(word, scale), unpack_low(word >> 4u, scale));
}
