// Resident format q8_0: w = d * q; a plane of int8 q, then one f16 d per 32 elements of a row.

#import lib/block_scale

fn weight4(row: u32, quad: u32, quads: u32, scale_offset: u32) -> vec4<f32> {
    let word = weight[row * quads + quad];
    // Shift each byte to the top, then back down, to extend its sign.
    let bytes = vec4<i32>(vec4<u32>(word << 24u, word << 16u, word << 8u, word)) >> vec4<u32>(24u);
    return vec4<f32>(bytes) * block_scale((row * quads + quad) / 8u, scale_offset);
}

fn weight_scale(block: u32, scale_offset: u32) -> f32 {
    return block_scale(block, scale_offset);
}

fn unpack_word(word: u32, scale: f32) -> vec4<f32> {
    // Bytes from 0 to 255 where they are in the word: a mask instead of shifts, which SIMD code does one by one. The
    // factor takes the place into account; all products are exact.
    let biased = word ^ 0x80808080u;
    let bytes = vec4<u32>(biased, biased, biased, biased >> 8u) & vec4<u32>(0xffu, 0xff00u, 0xff0000u, 0xff0000u);
    let factors = scale * vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-16);
    return fma(vec4<f32>(vec4<i32>(bytes)), factors, vec4<f32>(-128.0 * scale));
}

fn weight8(block: u32, part: u32, scale: f32) -> mat2x4<f32> {
    let at = block * 8u + part;
    return mat2x4<f32>(unpack_word(weight[at], scale), unpack_word(weight[at + 4u], scale));
}
