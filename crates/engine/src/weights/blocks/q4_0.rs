//! Q4_0: w = d (q - 8), 4-bit q, one f16 d for 32 weights.
//!
//! Bytes: `d[2] | q[16]`; byte j has weight j in its low nibble, weight j + 16 in its high one.

use super::{Layout, each, half, nibble};

pub(super) const LAYOUT: Layout = Layout {
    word: "Q4_0",
    ggml_id: 2,
    weights: 32,
    bytes: 18,
    unpack: |bytes, out| each(bytes, out, unpack),
};

fn unpack([d0, d1, quants @ ..]: &[u8; 18], out: &mut [f32; 32]) {
    let d = half([*d0, *d1]);
    *out = std::array::from_fn(|i| d * (f32::from(nibble(quants, i)) - 8.0));
}
