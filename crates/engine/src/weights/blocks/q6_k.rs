//! Q6_K: w = (d s) (q - 32), 6-bit q; signed 8-bit s for a group of 16, one f16 d for sixteen
//! groups.
//!
//! Bytes: `low[128] | high[64] | scales[16] | d[2]`. Each half of the block has 128 weights, 64
//! bytes of `low` and 32 of `high`. Of four runs of 32 weights, run r has its low four bits in
//! bytes 32 (r % 2) onwards of `low`, in the low nibbles for r < 2, else in the high ones; and its
//! high two bits in bits 2 r and 2 r + 1 of `high`.

use super::{Layout, each, half};

pub(super) const LAYOUT: Layout = Layout {
    word: "Q6_K",
    ggml_id: 14,
    weights: 256,
    bytes: 210,
    unpack: |bytes, out| each(bytes, out, unpack),
};

fn unpack([quants @ .., d0, d1]: &[u8; 210], out: &mut [f32; 256]) {
    let d = half([*d0, *d1]);
    let (low, rest) = quants.split_at(128);
    let (high, scales) = rest.split_at(64);
    for (run, out) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let (part, r) = (run / 4, run % 4);
        let low = &low[part * 64 + r % 2 * 32..][..32];
        let high = &high[part * 32..][..32];
        let (low_shift, high_shift) = (r / 2 * 4, r * 2);
        *out = std::array::from_fn(|i| {
            let quant = (low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4;
            let scale = f32::from(scales[run * 2 + i / 16] as i8);
            d * scale * (f32::from(quant) - 32.0)
        });
    }
}
