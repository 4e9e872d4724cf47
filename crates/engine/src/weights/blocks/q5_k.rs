//! Q5_K: w = (d s) q - (d' m), 5-bit q; 6-bit s and m for a group of 32, f16 d and d' for eight
//! groups.
//!
//! Bytes: `d[2] | d'[2] | scales[12] | high[32] | q[128]`. The low four bits lie as in Q4_K; bit g
//! of `high[i]` is the fifth bit of weight i of group g.

use super::{Layout, each, half, scales_and_minima};

pub(super) const LAYOUT: Layout = Layout {
    word: "Q5_K",
    ggml_id: 13,
    weights: 256,
    bytes: 176,
    unpack: |bytes, out| each(bytes, out, unpack),
};

fn unpack([d0, d1, m0, m1, rest @ ..]: &[u8; 176], out: &mut [f32; 256]) {
    let (d, m) = (half([*d0, *d1]), half([*m0, *m1]));
    let (scales, rest) = rest.split_at(12);
    let (high, quants) = rest.split_at(32);
    let groups = out.as_chunks_mut::<32>().0.iter_mut();
    for (group, (out, (scale, minimum))) in groups.zip(scales_and_minima(scales)).enumerate() {
        let (scale, minimum) = (d * f32::from(scale), m * f32::from(minimum));
        let run = &quants[group / 2 * 32..][..32];
        let shift = group % 2 * 4;
        let quant = |i: usize| (run[i] >> shift & 15) | (high[i] >> group & 1) << 4;
        *out = std::array::from_fn(|i| scale * f32::from(quant(i)) - minimum);
    }
}
