//! q8_0: w' = d * q, 8-bit q, one f16 d a block of 32 columns (ggml's Q8_0, in two planes).
//!
//! The encoder is ggml's: d = max|w| / 127 and q = round(w / d) with the exact d; d is rounded
//! to f16 (D) only when it is stored. So
//! |w - w'| <= |w - d q| + |q| |d - D| <= d / 2 + 127 |d - D|: half a step, and what rounding the
//! scale costs (at most d / 16 where D is a normal half).

use half::f16;

use super::{Layout, Planes};

const BLOCK: usize = 32;

pub(super) const LAYOUT: Layout = Layout {
    word: "q8_0",
    block: BLOCK,
    quant_bytes: BLOCK,
    scale_bytes: 2,
    largest: 127.0 * 65504.0,
    pack,
    unpack,
};

fn pack(weights: &[f32], planes: &mut Planes) {
    for block in weights.as_chunks::<BLOCK>().0 {
        let largest = block
            .iter()
            .fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
        let scale = largest / 127.0;
        let inverse = super::inverse(scale);
        let quants = block
            .iter()
            .map(|weight| (weight * inverse).round() as i8 as u8);
        planes.quants.extend(quants);
        planes.scales.extend(f16::from_f32(scale).to_le_bytes());
    }
}

fn unpack(quants: &[u8], scales: &[u8], out: &mut [f32]) {
    let blocks = quants
        .as_chunks::<BLOCK>()
        .0
        .iter()
        .zip(scales.as_chunks().0);
    for ((quants, scale), out) in blocks.zip(out.as_chunks_mut::<BLOCK>().0) {
        let scale = f16::from_le_bytes(*scale).to_f32();
        for (weight, quant) in out.iter_mut().zip(quants) {
            *weight = scale * f32::from(*quant as i8);
        }
    }
}
