// The f16 scale of a quantized block; scales are packed two a word from scale_offset on.

fn block_scale(block: u32, scale_offset: u32) -> f32 {
    let pair = unpack2x16float(weight[scale_offset + block / 2u]);
    return select(pair.x, pair.y, block % 2u == 1u);
}
