//! Sixteen numbers in one register of AVX-512, or two of AVX2.

#![expect(unsafe_code, reason = "instructions that the callers have")]

use std::arch::x86_64::*;

use super::{Dots, LANES, Lanes, ROUND, Task, Vector};
use crate::pairs::Pairs;

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
    fn pairs(self, second: Self) -> Pairs {
        let mut pairs = [0; LANES];
        // SAFETY: as above.
        unsafe {
            let first = _mm512_castps_si512(self.plus(Self::splat(ROUND)).0);
            let second = _mm512_castps_si512(second.plus(Self::splat(ROUND)).0);
            let second = _mm512_slli_epi32::<16>(second);
            let both = _mm512_mask_blend_epi16(0xaaaa_aaaa, first, second);
            _mm512_storeu_si512(pairs.as_mut_ptr().cast(), both);
        }
        pairs
    }
}

impl Dots<Wide> for WideDots {
    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_setzero_si512() })
    }

    #[inline(always)]
    fn of(pairs: &Pairs) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_loadu_si512(pairs.as_ptr().cast()) })
    }

    #[inline(always)]
    fn add_dots(self, a: Self, pair: u32) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_dpwssd_epi32(self.0, a.0, _mm512_set1_epi32(pair as i32)) })
    }

    #[inline(always)]
    fn floats(self) -> Wide {
        // SAFETY: as above.
        Wide(unsafe { _mm512_cvtepi32_ps(self.0) })
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
    fn pairs(self, second: Self) -> Pairs {
        let round = Self::splat(ROUND);
        let (first, second) = (self.plus(round), second.plus(round));
        // SAFETY: as above.
        let both = |first, second| unsafe {
            let second = _mm256_slli_epi32::<16>(_mm256_castps_si256(second));
            _mm256_blend_epi16::<0xaa>(_mm256_castps_si256(first), second)
        };
        bytemuck::cast([both(first.0, second.0), both(first.1, second.1)])
    }
}

impl Dots<Two> for TwoDots {
    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: as above.
        let zero = unsafe { _mm256_setzero_si256() };
        Self(zero, zero)
    }

    #[inline(always)]
    fn of(pairs: &Pairs) -> Self {
        let halves = pairs.as_chunks::<8>().0;
        // SAFETY: as above.
        unsafe {
            Self(
                _mm256_loadu_si256(halves[0].as_ptr().cast()),
                _mm256_loadu_si256(halves[1].as_ptr().cast()),
            )
        }
    }

    #[inline(always)]
    fn add_dots(self, a: Self, pair: u32) -> Self {
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
    fn floats(self) -> Two {
        // SAFETY: as above.
        unsafe { Two(_mm256_cvtepi32_ps(self.0), _mm256_cvtepi32_ps(self.1)) }
    }
}
