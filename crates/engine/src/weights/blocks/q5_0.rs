//! Q5_0: w = d (q - 16), 5-bit q, one f16 d for 32 weights.
//!
//! Bytes: `d[2] | high[4] | q[16]`; bit i of `high` is the fifth bit of weight i; byte j has the
//! rest of weight j in its low nibble, of weight j + 16 in its high one.

use super::{Layout, each, half, nibble};

pub(super) const LAYOUT: Layout = Layout {
    word: "Q5_0",
    ggml_id: 6,
    weights: 32,
    bytes: 22,
    unpack: |bytes, out| each(bytes, out, unpack),
};

fn unpack([d0, d1, h0, h1, h2, h3, quants @ ..]: &[u8; 22], out: &mut [f32; 32]) {
    let d = half([*d0, *d1]);
    let high = u32::from_le_bytes([*h0, *h1, *h2, *h3]);
    *out = std::array::from_fn(|i| d * (f32::from(quant(quants, high, i)) - 16.0));
}

/// Quant `i` of the block: 0 to 31.
pub(super) fn quant(quants: &[u8], high: u32, i: usize) -> u8 {
    nibble(quants, i) | ((high >> i & 1) as u8) << 4
}
