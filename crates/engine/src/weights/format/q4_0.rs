//! q4_0: w' = d * (q - 8), 4-bit q, one f16 d a block of 32 columns (ggml's Q4_0, in two planes).
//!
//! Byte j of a block's 16: low nibble = element j, high nibble = element j + 16.
//!
//! The encoder is ggml's: m = the weight of largest magnitude with its sign (the first of
//! equals), d = m / -8, q = min(15, trunc(w / d + 8.5)). So m itself gets q = 0, exactly -8 d,
//! and w / d lies in -8 ..= 8. Up to 7.5 the step is rounded to the nearest; beyond, q would be
//! 16 and is cut to 15, which costs up to one step. With D the f16 that stores d,
//! |w - w'| <= |d| + 8 |d - D|, and <= |d| / 2 + 8 |d - D| where w / d < 7.5.

use half::f16;

use super::{Layout, Planes};

const BLOCK: usize = 32;
const HALF: usize = BLOCK / 2;

pub(super) const LAYOUT: Layout = Layout {
    word: "q4_0",
    block: BLOCK,
    quant_bytes: HALF,
    scale_bytes: 2,
    largest: 8.0 * 65504.0,
    pack,
    unpack,
};

fn pack(weights: &[f32], planes: &mut Planes) {
    for block in weights.as_chunks::<BLOCK>().0 {
        let scale = extreme(block) / -8.0;
        let inverse = super::inverse(scale);
        // The sum is positive, so the cast truncates as the format wants.
        let quant = |weight: f32| ((weight * inverse + 8.5) as u8).min(15);
        let (low, high) = block.split_at(HALF);
        let pairs = low.iter().zip(high);
        planes
            .quants
            .extend(pairs.map(|(low, high)| quant(*low) | quant(*high) << 4));
        planes.scales.extend(f16::from_f32(scale).to_le_bytes());
    }
}

/// The weight of largest magnitude, with its sign; the first of equals.
fn extreme(block: &[f32]) -> f32 {
    block.iter().fold(0.0_f32, |extreme, &weight| {
        if weight.abs() > extreme.abs() {
            weight
        } else {
            extreme
        }
    })
}

fn unpack(quants: &[u8], scales: &[u8], out: &mut [f32]) {
    let blocks = quants
        .as_chunks::<HALF>()
        .0
        .iter()
        .zip(scales.as_chunks().0);
    for ((quants, scale), out) in blocks.zip(out.as_chunks_mut::<BLOCK>().0) {
        let scale = f16::from_le_bytes(*scale).to_f32();
        let (low, high) = out.split_at_mut(HALF);
        for ((quant, low), high) in quants.iter().zip(low).zip(high) {
            *low = scale * (f32::from(quant & 15) - 8.0);
            *high = scale * (f32::from(quant >> 4) - 8.0);
        }
    }
}
