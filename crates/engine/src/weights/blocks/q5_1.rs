//! Q5_1: w = d q + m, 5-bit q, f16 d and m for 32 weights.
//!
//! Bytes: `d[2] | m[2] | high[4] | q[16]`, the quants as those of Q5_0.

use super::q5_0::quant;
use super::{Layout, each, half};

pub(super) const LAYOUT: Layout = Layout {
    word: "Q5_1",
    ggml_id: 7,
    weights: 32,
    bytes: 24,
    unpack: |bytes, out| each(bytes, out, unpack),
};

fn unpack([d0, d1, m0, m1, h0, h1, h2, h3, quants @ ..]: &[u8; 24], out: &mut [f32; 32]) {
    let (d, m) = (half([*d0, *d1]), half([*m0, *m1]));
    let high = u32::from_le_bytes([*h0, *h1, *h2, *h3]);
    *out = std::array::from_fn(|i| d * f32::from(quant(quants, high, i)) + m);
}
