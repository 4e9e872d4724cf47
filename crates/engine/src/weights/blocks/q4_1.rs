//! Q4_1: w = d q + m, 4-bit q, f16 d and m for 32 weights.
//!
//! Bytes: `d[2] | m[2] | q[16]`; byte j has weight j in its low nibble, weight j + 16 in its high
//! one.

use super::{Layout, each, half, nibble};

pub(super) const LAYOUT: Layout = Layout {
    word: "Q4_1",
    ggml_id: 3,
    weights: 32,
    bytes: 20,
    unpack: |bytes, out| each(bytes, out, unpack),
};

fn unpack([d0, d1, m0, m1, quants @ ..]: &[u8; 20], out: &mut [f32; 32]) {
    let (d, m) = (half([*d0, *d1]), half([*m0, *m1]));
    *out = std::array::from_fn(|i| d * f32::from(nibble(quants, i)) + m);
}
