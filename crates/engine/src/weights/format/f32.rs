//! f32: row-major single precision, no scales. Exact.

use super::{Layout, Planes};

pub(super) const LAYOUT: Layout = Layout {
    word: "f32",
    block: 1,
    quant_bytes: 4,
    scale_bytes: 0,
    largest: f32::MAX,
    pack,
    unpack,
};

fn pack(weights: &[f32], planes: &mut Planes) {
    planes
        .quants
        .extend(weights.iter().flat_map(|weight| weight.to_le_bytes()));
}

fn unpack(quants: &[u8], _scales: &[u8], out: &mut [f32]) {
    for (weight, bytes) in out.iter_mut().zip(quants.as_chunks().0) {
        *weight = f32::from_le_bytes(*bytes);
    }
}
