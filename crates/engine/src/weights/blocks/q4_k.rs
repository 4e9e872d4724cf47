//! Q4_K: w = (d s) q - (d' m), 4-bit q; 6-bit s and m for a group of 32, f16 d and d' for eight
//! groups.
//!
//! Bytes: `d[2] | d'[2] | scales[12] | q[128]`. The quants are four runs of 32 bytes: run r has
//! group 2 r in its low nibbles and group 2 r + 1 in its high ones.

use super::{Layout, each, half, scales_and_minima};

pub(super) const LAYOUT: Layout = Layout {
    word: "Q4_K",
    ggml_id: 12,
    weights: 256,
    bytes: 144,
    unpack: |bytes, out| each(bytes, out, unpack),
};

fn unpack([d0, d1, m0, m1, rest @ ..]: &[u8; 144], out: &mut [f32; 256]) {
    let (d, m) = (half([*d0, *d1]), half([*m0, *m1]));
    let (scales, quants) = rest.split_at(12);
    let groups = out.as_chunks_mut::<32>().0.iter_mut();
    for (group, (out, (scale, minimum))) in groups.zip(scales_and_minima(scales)).enumerate() {
        let (scale, minimum) = (d * f32::from(scale), m * f32::from(minimum));
        let run = &quants[group / 2 * 32..][..32];
        let shift = group % 2 * 4;
        *out = std::array::from_fn(|i| scale * f32::from(run[i] >> shift & 15) - minimum);
    }
}
