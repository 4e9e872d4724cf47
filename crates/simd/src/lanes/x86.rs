//! Sixteen numbers in one register of AVX-512, or two of AVX2.

#![expect(unsafe_code, reason = "instructions that the callers have")]

use std::arch::x86_64::*;

use super::{Dots, LANES, Lanes, Task, Vector, pack_pairs};
use crate::integers::{Words, widen};

/// Runs the task with AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub fn run_avx512(task: impl Task) {
    task.run::<Wide, 8>();
}

/// Runs the task with AVX2.
#[target_feature(enable = "avx2,fma")]
pub fn run_avx2(task: impl Task) {
    task.run::<Two, 6>();
}

#[derive(Clone, Copy)]
struct Wide(__m512);

#[derive(Clone, Copy)]
struct WideDots(__m512i);

// SAFETY of all: only `run_avx512` names the type, and it has the instructions; what is loaded or stored
// has 16 numbers.
impl Vector for Wide {
    type Dots = WideDots;

    #[inline(always)]
    fn of(lanes: &Lanes) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_loadu_ps(lanes.as_ptr()) })
    }

    #[inline(always)]
    fn lanes(self) -> Lanes {
        let mut lanes = [0.0; LANES];
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(lanes.as_mut_ptr(), self.0) };
        lanes
    }

    #[inline(always)]
    fn splat(number: f32) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_set1_ps(number) })
    }

    #[inline(always)]
    fn add_products(self, a: Self, b: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_fmadd_ps(a.0, b.0, self.0) })
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn power(self) -> Self {
        // SAFETY: as above.
        unsafe {
            let exponent = _mm512_add_epi32(_mm512_castps_si512(self.0), _mm512_set1_epi32(127));
            Self(_mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent)))
        }
    }

    #[inline(always)]
    fn pairs(self, second: Self) -> Words {
        let mut pairs = [0; LANES];
        // SAFETY: as above.
        unsafe {
            let second = _mm512_slli_epi32::<16>(_mm512_castps_si512(second.0));
            let first = _mm512_castps_si512(self.0);
            let both = _mm512_mask_blend_epi16(0xaaaa_aaaa, first, second);
            _mm512_storeu_si512(pairs.as_mut_ptr().cast(), both);
        }
        pairs
    }
}

impl Dots<Wide> for WideDots {
    const WIDTH: usize = 4;
    // Bytes without a sign, 128 added.
    const ZEROS: u32 = 0x8080_8080;

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_setzero_si512() })
    }

    #[inline(always)]
    fn of(words: &Words) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn words(self) -> Words {
        let mut words = [0; LANES];
        // SAFETY: as above.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), self.0) };
        words
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_sub_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn floats(self) -> Wide {
        // SAFETY: as above.
        Wide(unsafe { _mm512_cvtepi32_ps(self.0) })
    }

    #[inline(always)]
    fn add_pair(self, a: Self, pair: u32) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_dpwssd_epi32(self.0, a.0, _mm512_set1_epi32(pair as i32)) })
    }

    #[inline(always)]
    fn add_word(self, queries: Self, key: u32) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_dpbusd_epi32(self.0, _mm512_set1_epi32(key as i32), queries.0) })
    }

    #[inline(always)]
    fn pack(numbers: [Wide; 4], words: &mut [Words]) {
        let [a, b, c, d] = numbers;
        // SAFETY: as above.
        unsafe {
            let (a, b) = (_mm512_castps_si512(a.0), _mm512_castps_si512(b.0));
            let (c, d) = (_mm512_castps_si512(c.0), _mm512_castps_si512(d.0));
            // The low bytes of a and c, then of b and d, a byte higher.
            let even = _mm512_mask_blend_epi16(0xaaaa_aaaa, a, _mm512_slli_epi32::<16>(c));
            let odd = _mm512_mask_blend_epi16(0xaaaa_aaaa, b, _mm512_slli_epi32::<16>(d));
            let odd = _mm512_slli_epi16::<8>(odd);
            let all = _mm512_mask_blend_epi8(0xaaaa_aaaa_aaaa_aaaa, even, odd);
            words[0] = Self(all).words();
        }
    }

    #[inline(always)]
    fn key(bytes: &[u8; 16], words: &mut [u32]) {
        let bytes: [u32; 4] = bytemuck::cast(*bytes);
        for (word, bytes) in words.iter_mut().zip(bytes) {
            *word = bytes ^ Self::ZEROS;
        }
    }
}

#[derive(Clone, Copy)]
struct Two(__m256, __m256);

#[derive(Clone, Copy)]
struct TwoDots(__m256i, __m256i);

// SAFETY of all: only `run_avx2` names the type, and it has the instructions; what is loaded or stored has
// 16 numbers.
impl Vector for Two {
    type Dots = TwoDots;

    #[inline(always)]
    fn of(lanes: &Lanes) -> Self {
        let halves = lanes.as_chunks::<8>().0;
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_loadu_ps(halves[0].as_ptr()),
                _mm256_loadu_ps(halves[1].as_ptr()),
            )
        }
    }

    #[inline(always)]
    fn lanes(self) -> Lanes {
        let mut lanes = [0.0; LANES];
        // SAFETY: as above.
        unsafe {
            _mm256_storeu_ps(lanes.as_mut_ptr(), self.0);
            _mm256_storeu_ps(lanes[8..].as_mut_ptr(), self.1);
        }
        lanes
    }

    #[inline(always)]
    fn splat(number: f32) -> Self {
        // SAFETY: as above.
        let number = unsafe { _mm256_set1_ps(number) };
        Self(number, number)
    }

    #[inline(always)]
    fn add_products(self, a: Self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_fmadd_ps(a.0, b.0, self.0),
                _mm256_fmadd_ps(a.1, b.1, self.1),
            )
        }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_add_ps(self.0, other.0),
                _mm256_add_ps(self.1, other.1),
            )
        }
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_sub_ps(self.0, other.0),
                _mm256_sub_ps(self.1, other.1),
            )
        }
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_mul_ps(self.0, other.0),
                _mm256_mul_ps(self.1, other.1),
            )
        }
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_div_ps(self.0, other.0),
                _mm256_div_ps(self.1, other.1),
            )
        }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_max_ps(self.0, other.0),
                _mm256_max_ps(self.1, other.1),
            )
        }
    }

    #[inline(always)]
    fn power(self) -> Self {
        // SAFETY: as above.
        let power = |n| unsafe {
            let exponent = _mm256_add_epi32(_mm256_castps_si256(n), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        };
        Self(power(self.0), power(self.1))
    }

    #[inline(always)]
    fn pairs(self, second: Self) -> Words {
        // SAFETY: as above.
        let both = |first, second| unsafe {
            let second = _mm256_slli_epi32::<16>(_mm256_castps_si256(second));
            _mm256_blend_epi16::<0xaa>(_mm256_castps_si256(first), second)
        };
        bytemuck::cast([both(self.0, second.0), both(self.1, second.1)])
    }
}

impl Dots<Two> for TwoDots {
    const WIDTH: usize = 2;
    const ZEROS: u32 = 0;

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: as above.
        let zero = unsafe { _mm256_setzero_si256() };
        Self(zero, zero)
    }

    #[inline(always)]
    fn of(words: &Words) -> Self {
        let halves: [__m256i; 2] = bytemuck::cast(*words);
        Self(halves[0], halves[1])
    }

    #[inline(always)]
    fn words(self) -> Words {
        bytemuck::cast([self.0, self.1])
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_sub_epi32(self.0, other.0),
                _mm256_sub_epi32(self.1, other.1),
            )
        }
    }

    #[inline(always)]
    fn floats(self) -> Two {
        // SAFETY: as above.
        unsafe { Two(_mm256_cvtepi32_ps(self.0), _mm256_cvtepi32_ps(self.1)) }
    }

    #[inline(always)]
    fn add_pair(self, a: Self, pair: u32) -> Self {
        // SAFETY: as above.
        unsafe {
            let pair = _mm256_set1_epi32(pair as i32);
            Self(
                _mm256_add_epi32(self.0, _mm256_madd_epi16(a.0, pair)),
                _mm256_add_epi32(self.1, _mm256_madd_epi16(a.1, pair)),
            )
        }
    }

    #[inline(always)]
    fn add_word(self, queries: Self, key: u32) -> Self {
        self.add_pair(queries, key)
    }

    #[inline(always)]
    fn pack(numbers: [Two; 4], words: &mut [Words]) {
        pack_pairs(numbers, words);
    }

    #[inline(always)]
    fn key(bytes: &[u8; 16], words: &mut [u32]) {
        words.copy_from_slice(&widen(bytes));
    }
}
