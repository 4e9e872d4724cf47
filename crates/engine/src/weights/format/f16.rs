//! f16: row-major half precision, two a word, no scales.
//!
//! Error: |w - w'| <= 2^-11 |w| for normal halves, 2^-25 below 2^-14 (round to nearest even).

use half::f16;

use super::{Layout, Planes};

pub(super) const LAYOUT: Layout = Layout {
    word: "f16",
    block: 1,
    quant_bytes: 2,
    scale_bytes: 0,
    largest: 65504.0,
    pack,
    unpack,
};

fn pack(weights: &[f32], planes: &mut Planes) {
    let halves = weights
        .iter()
        .map(|weight| f16::from_f32(*weight).to_le_bytes());
    planes.quants.extend(halves.flatten());
}

fn unpack(quants: &[u8], _scales: &[u8], out: &mut [f32]) {
    unmask_simd::widen_halves(quants.as_chunks().0, out);
}
