//! Four units side by side, in a register where the compiler would not put them there by itself.

pub use registers::{Quad, and, load, shift_right_4, transpose, xor};

#[cfg(target_arch = "wasm32")]
mod registers {
    use std::arch::wasm32::*;

    /// Four units.
    pub type Quad = v128;

    /// Units in the order of memory.
    #[inline(always)]
    pub fn load(bytes: [u8; 16]) -> Quad {
        bytemuck::cast(bytes)
    }

    /// Bits of `quad` and of the repeated unit.
    #[inline(always)]
    pub fn and(quad: Quad, unit: u32) -> Quad {
        v128_and(quad, u32x4_splat(unit))
    }

    /// Bits of either `quad` or the repeated unit.
    #[inline(always)]
    pub fn xor(quad: Quad, unit: u32) -> Quad {
        v128_xor(quad, u32x4_splat(unit))
    }

    /// Units without their lowest four bits.
    #[inline(always)]
    pub fn shift_right_4(quad: Quad) -> Quad {
        u32x4_shr(quad, 4)
    }

    /// Rows to columns.
    #[inline(always)]
    pub fn transpose([a, b, c, d]: [Quad; 4]) -> [Quad; 4] {
        let low = [
            i32x4_shuffle::<0, 4, 1, 5>(a, b),
            i32x4_shuffle::<0, 4, 1, 5>(c, d),
        ];
        let high = [
            i32x4_shuffle::<2, 6, 3, 7>(a, b),
            i32x4_shuffle::<2, 6, 3, 7>(c, d),
        ];
        [
            i64x2_shuffle::<0, 2>(low[0], low[1]),
            i64x2_shuffle::<1, 3>(low[0], low[1]),
            i64x2_shuffle::<0, 2>(high[0], high[1]),
            i64x2_shuffle::<1, 3>(high[0], high[1]),
        ]
    }
}

/// SSE2, which every such machine has.
#[cfg(target_arch = "x86_64")]
mod registers {
    use std::arch::x86_64::*;

    /// Four units.
    pub type Quad = __m128i;

    /// Units in the order of memory.
    #[inline(always)]
    pub fn load(bytes: [u8; 16]) -> Quad {
        bytemuck::cast(bytes)
    }

    /// Bits of `quad` and of the repeated unit.
    #[target_feature(enable = "sse2")]
    #[inline]
    pub fn and(quad: Quad, unit: u32) -> Quad {
        _mm_and_si128(quad, _mm_set1_epi32(unit as i32))
    }

    /// Bits of either `quad` or the repeated unit.
    #[target_feature(enable = "sse2")]
    #[inline]
    pub fn xor(quad: Quad, unit: u32) -> Quad {
        _mm_xor_si128(quad, _mm_set1_epi32(unit as i32))
    }

    /// Units without their lowest four bits.
    #[target_feature(enable = "sse2")]
    #[inline]
    pub fn shift_right_4(quad: Quad) -> Quad {
        _mm_srli_epi32::<4>(quad)
    }

    /// Rows to columns.
    #[target_feature(enable = "sse2")]
    #[inline]
    pub fn transpose([a, b, c, d]: [Quad; 4]) -> [Quad; 4] {
        let low = [_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d)];
        let high = [_mm_unpackhi_epi32(a, b), _mm_unpackhi_epi32(c, d)];
        [
            _mm_unpacklo_epi64(low[0], low[1]),
            _mm_unpackhi_epi64(low[0], low[1]),
            _mm_unpacklo_epi64(high[0], high[1]),
            _mm_unpackhi_epi64(high[0], high[1]),
        ]
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
mod registers {
    /// Four units.
    pub type Quad = [u32; 4];

    /// Units in the order of memory.
    #[inline(always)]
    pub fn load(bytes: [u8; 16]) -> Quad {
        bytemuck::cast::<_, Quad>(bytes).map(u32::from_le)
    }

    /// Bits of `quad` and of the repeated unit.
    #[inline(always)]
    pub fn and(quad: Quad, unit: u32) -> Quad {
        quad.map(|q| q & unit)
    }

    /// Bits of either `quad` or the repeated unit.
    #[inline(always)]
    pub fn xor(quad: Quad, unit: u32) -> Quad {
        quad.map(|q| q ^ unit)
    }

    /// Units without their lowest four bits.
    #[inline(always)]
    pub fn shift_right_4(quad: Quad) -> Quad {
        quad.map(|q| q >> 4)
    }

    /// Rows to columns.
    #[inline(always)]
    pub fn transpose(rows: [Quad; 4]) -> [Quad; 4] {
        std::array::from_fn(|i| rows.map(|row| row[i]))
    }
}
