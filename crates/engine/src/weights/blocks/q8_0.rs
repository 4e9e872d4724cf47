//! Q8_0: w = d q, signed 8-bit q, one f16 d for 32 weights.
//!
//! Bytes: `d[2] | q[32]`.

use super::{Layout, each, half};

pub(super) const LAYOUT: Layout = Layout {
    word: "Q8_0",
    ggml_id: 8,
    weights: 32,
    bytes: 34,
    unpack: |bytes, out| each(bytes, out, unpack),
};

fn unpack([d0, d1, quants @ ..]: &[u8; 34], out: &mut [f32; 32]) {
    let d = half([*d0, *d1]);
    *out = std::array::from_fn(|i| d * f32::from(quants[i] as i8));
}
