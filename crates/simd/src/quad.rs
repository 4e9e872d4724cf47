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

#[cfg(not(target_arch = "wasm32"))]
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
    #[cfg(not(target_arch = "x86_64"))]
    #[inline(always)]
    pub fn transpose(rows: [Quad; 4]) -> [Quad; 4] {
        std::array::from_fn(|i| rows.map(|row| row[i]))
    }

    /// Rows to columns.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    #[expect(unsafe_code, reason = "the instructions are part of the architecture")]
    pub fn transpose(rows: [Quad; 4]) -> [Quad; 4] {
        // SAFETY: every x86-64 has SSE2.
        unsafe { crate::x86::transpose(rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Quad, and, load, shift_right_4, transpose, xor};

    #[test]
    fn units_keep_their_places() {
        let units = |quad: Quad| -> [u32; 4] { bytemuck::cast(quad) };
        let row = |r: u8| load(std::array::from_fn(|i| 16 * r + i as u8));
        assert_eq!(units(row(1))[2].to_le_bytes(), [24, 25, 26, 27]);
        let rows = std::array::from_fn(|r| row(r as u8));
        let columns = transpose(rows).map(units);
        for (r, row) in rows.map(units).iter().enumerate() {
            assert_eq!(columns.map(|column| column[r]), *row);
        }
        let quad = rows[3];
        assert_eq!(units(and(quad, 0x0f)), units(quad).map(|unit| unit & 0x0f));
        assert_eq!(units(xor(quad, 0x80)), units(quad).map(|unit| unit ^ 0x80));
        assert_eq!(
            units(shift_right_4(quad)),
            units(quad).map(|unit| unit >> 4)
        );
    }
}
