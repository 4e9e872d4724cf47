//! Half precision to single, many at a time.

/// The numbers of little-endian halves; as many as both slices have.
pub fn widen_halves(halves: &[[u8; 2]], out: &mut [f32]) {
    #[cfg(target_arch = "wasm32")]
    let (halves, out) = wasm::widen_fours(halves, out);
    for (out, half) in out.iter_mut().zip(halves) {
        *out = widen(u16::from_le_bytes(*half).into());
    }
}

/// Moves exponent and fraction to their places; the factor corrects the exponent's bias, and makes
/// numbers of those that are below the normal ones. Infinities and NaN need the largest exponent.
fn widen(half: u32) -> f32 {
    let magnitude = (half & 0x7fff) << 13;
    let number = (f32::from_bits(magnitude) * BIAS).to_bits();
    let infinite = if magnitude >= LEAST_INFINITE {
        EXPONENT
    } else {
        0
    };
    f32::from_bits(number | infinite | (half & 0x8000) << 16)
}

/// 2^(127 - 15)
const BIAS: f32 = f32::from_bits((127 + 112) << 23);
/// The largest exponent of halves, at the place of that of singles.
const LEAST_INFINITE: u32 = 0x7c00 << 13;
/// The largest exponent of singles.
const EXPONENT: u32 = 0x7f80_0000;

/// The wasm module is optimised for size when it is linked, which leaves loops as they are.
#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32::*;

    use super::{BIAS, EXPONENT, LEAST_INFINITE};

    /// Leaves the rest.
    pub fn widen_fours<'a, 'b>(
        halves: &'a [[u8; 2]],
        out: &'b mut [f32],
    ) -> (&'a [[u8; 2]], &'b mut [f32]) {
        let count = halves.len().min(out.len());
        let (fours, rest) = halves[..count].as_chunks::<4>();
        let (out, out_rest) = out[..count].as_chunks_mut::<4>();
        for (out, four) in out.iter_mut().zip(fours) {
            let four = u64x2_splat(bytemuck::cast(*four));
            *out = bytemuck::cast(widen_four(u32x4_extend_low_u16x8(four)));
        }
        (rest, out_rest)
    }

    fn widen_four(halves: v128) -> v128 {
        let magnitude = u32x4_shl(v128_and(halves, u32x4_splat(0x7fff)), 13);
        let number = f32x4_mul(magnitude, f32x4_splat(BIAS));
        let infinite = u32x4_ge(magnitude, u32x4_splat(LEAST_INFINITE));
        let infinite = v128_and(infinite, u32x4_splat(EXPONENT));
        let sign = u32x4_shl(v128_and(halves, u32x4_splat(0x8000)), 16);
        v128_or(v128_or(number, infinite), sign)
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::widen_halves;

    #[test]
    fn every_half_is_its_number() {
        let halves: Vec<[u8; 2]> = (0..=u16::MAX).map(u16::to_le_bytes).collect();
        let mut found = vec![1.0; halves.len()];
        widen_halves(&halves, &mut found);
        for (half, found) in halves.iter().zip(found) {
            let expected = f16::from_le_bytes(*half).to_f32();
            let both_nan = expected.is_nan() && found.is_nan();
            assert!(
                both_nan || expected.to_bits() == found.to_bits(),
                "{half:?}: {found}"
            );
        }
    }
}
