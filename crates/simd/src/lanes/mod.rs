//! Numbers of several queries side by side in registers, and what attention computes with them.

use crate::Instructions;
use crate::integers::{Words, widen};

#[cfg(target_arch = "wasm32")]
mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

/// Queries that are attended for at once.
pub const LANES: usize = 16;

/// A number of each query.
pub type Lanes = [f32; LANES];

/// A number of each query in registers.
pub trait Vector: Copy {
    /// A whole number of each query.
    type Dots: Dots<Self>;

    fn of(lanes: &Lanes) -> Self;
    fn lanes(self) -> Lanes;
    /// The same number for every query.
    fn splat(number: f32) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn over(self, other: Self) -> Self;
    /// `self + a b`
    fn add_products(self, a: Self, b: Self) -> Self;
    /// The larger one; `other` where either is no number.
    fn max(self, other: Self) -> Self;
    /// `2^n`, 0 for n = -127, where self is `ROUND + n`.
    fn power(self) -> Self;
    /// Pairs of whole numbers, where self and the other are `ROUND` and a number of at most 2^15 - 1 in
    /// magnitude.
    fn pairs(self, second: Self) -> Words;
}

/// Added to a small number, it leaves the nearest whole one in the low bits of the mantissa.
pub const ROUND: f32 = 12_582_912.0;

/// A 32-bit integer of each query in registers, or several smaller ones.
pub trait Dots<Floats>: Copy {
    /// Numbers of a word of queries and keys: four of 8 bits, or two of 16.
    const WIDTH: usize;
    /// A word of keys that are 0.
    const ZEROS: u32;

    fn zero() -> Self;
    fn of(words: &Words) -> Self;
    fn words(self) -> Words;
    fn minus(self, other: Self) -> Self;
    fn floats(self) -> Floats;
    /// `self + a[0] pair[0] + a[1] pair[1]`, of 16-bit integers.
    fn add_pair(self, a: Self, pair: u32) -> Self;
    /// `self` and the products of a word of queries with one of a key; with `ZEROS`, whatever is to be
    /// taken off a sum of such.
    fn add_word(self, queries: Self, key: u32) -> Self;
    /// Words of four numbers of the queries, each `ROUND` and at most 127 in magnitude.
    fn pack(numbers: [Floats; 4], words: &mut [Words]);
    /// Words of sixteen bytes of a key.
    fn key(bytes: &[u8; 16], words: &mut [u32]);
}

/// What is computed in the same way with every instruction set.
pub trait Task {
    /// With vectors V, of which registers hold N and a few more. To be inlined, so that the caller's
    /// instructions are used.
    fn run<V: Vector, const N: usize>(self);
}

/// Runs the task with the widest registers that this machine has.
pub fn run(task: impl Task) {
    run_on(Instructions::best(), task);
}

/// Registers of plain Rust for so many vectors.
const PORTABLE: usize = if cfg!(target_arch = "x86_64") { 2 } else { 4 };

/// Runs the task with an instruction set.
///
/// # Panics
/// When the machine lacks it.
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "the assert covers what the functions need")
)]
pub fn run_on(set: Instructions, task: impl Task) {
    assert!(set.available(), "{set:?} is not on this machine");
    match set {
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512Vnni => unsafe { x86::run_avx512(task) },
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 if is_x86_feature_detected!("fma") => unsafe { x86::run_avx2(task) },
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => task.run::<Lanes, PORTABLE>(),
        #[cfg(target_arch = "wasm32")]
        Instructions::Simd128 | Instructions::RelaxedSimd => task.run::<wasm::Four, 3>(),
        Instructions::Portable => task.run::<Lanes, PORTABLE>(),
    }
}

impl Vector for Lanes {
    type Dots = [i32; LANES];

    #[inline(always)]
    fn of(lanes: &Lanes) -> Self {
        *lanes
    }

    #[inline(always)]
    fn lanes(self) -> Lanes {
        self
    }

    #[inline(always)]
    fn splat(number: f32) -> Self {
        [number; LANES]
    }

    #[inline(always)]
    fn add_products(mut self, a: Self, b: Self) -> Self {
        for ((sum, a), b) in self.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
        self
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] + other[i])
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] - other[i])
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] * other[i])
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] / other[i])
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        let larger = |i| {
            if self[i] > other[i] {
                self[i]
            } else {
                other[i]
            }
        };
        std::array::from_fn(larger)
    }

    #[inline(always)]
    fn power(self) -> Self {
        self.map(|n| f32::from_bits(n.to_bits().wrapping_add(127) << 23))
    }

    #[inline(always)]
    fn pairs(self, second: Self) -> Words {
        std::array::from_fn(|i| self[i].to_bits() & 0xffff | second[i].to_bits() << 16)
    }
}

impl Dots<Lanes> for [i32; LANES] {
    const WIDTH: usize = 2;
    const ZEROS: u32 = 0;

    #[inline(always)]
    fn zero() -> Self {
        [0; LANES]
    }

    #[inline(always)]
    fn of(words: &Words) -> Self {
        bytemuck::cast(*words)
    }

    #[inline(always)]
    fn words(self) -> Words {
        bytemuck::cast(self)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] - other[i])
    }

    #[inline(always)]
    fn floats(self) -> Lanes {
        self.map(|sum| sum as f32)
    }

    #[inline(always)]
    fn add_pair(mut self, a: Self, pair: u32) -> Self {
        let halves = |pair: i32| [i32::from(pair as i16), pair >> 16];
        let b = halves(pair as i32);
        for (sum, a) in self.iter_mut().zip(a.map(halves)) {
            *sum += a[0] * b[0] + a[1] * b[1];
        }
        self
    }

    #[inline(always)]
    fn add_word(self, queries: Self, key: u32) -> Self {
        self.add_pair(queries, key)
    }

    #[inline(always)]
    fn pack(numbers: [Lanes; 4], words: &mut [Words]) {
        pack_pairs(numbers, words);
    }

    #[inline(always)]
    fn key(bytes: &[u8; 16], words: &mut [u32]) {
        words.copy_from_slice(&widen(bytes));
    }
}

/// Of four numbers two words.
#[inline(always)]
fn pack_pairs<V: Vector>([a, b, c, d]: [V; 4], words: &mut [Words]) {
    words.copy_from_slice(&[a.pairs(b), c.pairs(d)]);
}
