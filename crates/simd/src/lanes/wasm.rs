//! Sixteen numbers in four registers of WebAssembly.

use std::arch::wasm32::*;

use super::{Dots, Lanes, Vector, pack_pairs};
use crate::integers::{Words, widen};

#[derive(Clone, Copy)]
pub struct Four([v128; 4]);

#[derive(Clone, Copy)]
pub struct FourDots([v128; 4]);

impl Vector for Four {
    type Dots = FourDots;

    #[inline(always)]
    fn of(lanes: &Lanes) -> Self {
        Self(bytemuck::cast(*lanes))
    }

    #[inline(always)]
    fn lanes(self) -> Lanes {
        bytemuck::cast(self.0)
    }

    #[inline(always)]
    fn splat(number: f32) -> Self {
        Self([f32x4_splat(number); 4])
    }

    #[inline(always)]
    fn add_products(self, Self([a0, a1, a2, a3]): Self, Self([b0, b1, b2, b3]): Self) -> Self {
        let [s0, s1, s2, s3] = self.0;
        Self([
            f32x4_add(s0, f32x4_mul(a0, b0)),
            f32x4_add(s1, f32x4_mul(a1, b1)),
            f32x4_add(s2, f32x4_mul(a2, b2)),
            f32x4_add(s3, f32x4_mul(a3, b3)),
        ])
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.each(other, |a, b| f32x4_add(a, b))
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.each(other, |a, b| f32x4_sub(a, b))
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.each(other, |a, b| f32x4_mul(a, b))
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        self.each(other, |a, b| f32x4_div(a, b))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.each(other, |a, b| f32x4_pmax(b, a))
    }

    #[inline(always)]
    fn power(self) -> Self {
        let bias = Self([i32x4_splat(127); 4]);
        self.each(bias, |n, bias| i32x4_shl(i32x4_add(n, bias), 23))
    }

    #[inline(always)]
    fn pairs(self, second: Self) -> Words {
        let both = |first, second| {
            let first = v128_and(first, u32x4_splat(0xffff));
            v128_or(first, i32x4_shl(second, 16))
        };
        bytemuck::cast(self.each(second, both).0)
    }
}

impl Four {
    #[inline(always)]
    fn each(self, Self([b0, b1, b2, b3]): Self, f: impl Fn(v128, v128) -> v128) -> Self {
        let [a0, a1, a2, a3] = self.0;
        Self([f(a0, b0), f(a1, b1), f(a2, b2), f(a3, b3)])
    }
}

impl Dots<Four> for FourDots {
    const WIDTH: usize = 2;
    const ZEROS: u32 = 0;

    #[inline(always)]
    fn zero() -> Self {
        Self([i32x4_splat(0); 4])
    }

    #[inline(always)]
    fn of(words: &Words) -> Self {
        Self(bytemuck::cast(*words))
    }

    #[inline(always)]
    fn words(self) -> Words {
        bytemuck::cast(self.0)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(Four(self.0).each(Four(other.0), |a, b| i32x4_sub(a, b)).0)
    }

    #[inline(always)]
    fn floats(self) -> Four {
        let [s0, s1, s2, s3] = self.0;
        Four([
            f32x4_convert_i32x4(s0),
            f32x4_convert_i32x4(s1),
            f32x4_convert_i32x4(s2),
            f32x4_convert_i32x4(s3),
        ])
    }

    #[inline(always)]
    fn add_pair(self, Self([a0, a1, a2, a3]): Self, pair: u32) -> Self {
        let pair = u32x4_splat(pair);
        let [s0, s1, s2, s3] = self.0;
        Self([
            i32x4_add(s0, i32x4_dot_i16x8(a0, pair)),
            i32x4_add(s1, i32x4_dot_i16x8(a1, pair)),
            i32x4_add(s2, i32x4_dot_i16x8(a2, pair)),
            i32x4_add(s3, i32x4_dot_i16x8(a3, pair)),
        ])
    }

    #[inline(always)]
    fn add_word(self, queries: Self, key: u32) -> Self {
        self.add_pair(queries, key)
    }

    #[inline(always)]
    fn pack(numbers: [Four; 4], words: &mut [Words]) {
        pack_pairs(numbers, words);
    }

    #[inline(always)]
    fn key(bytes: &[u8; 16], words: &mut [u32]) {
        words.copy_from_slice(&widen(bytes));
    }
}
