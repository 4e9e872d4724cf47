//! The instruction sets that integer products are written for.

use crate::activations::round_block;
use crate::{Activations, COLUMNS, Tile, portable};

/// An instruction set; all give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// Whatever the compiler makes of plain Rust.
    Portable,
    /// x86 with 256-bit integers.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86 with 512-bit dot products of bytes.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// WebAssembly with 128-bit registers.
    #[cfg(target_arch = "wasm32")]
    Simd128,
    /// The same with the dot product of relaxed SIMD, for q4_0.
    #[cfg(target_arch = "wasm32")]
    RelaxedSimd,
}

impl Instructions {
    /// Every one of the target, slowest first.
    #[cfg(target_arch = "x86_64")]
    pub const ALL: &[Self] = &[Self::Portable, Self::Avx2, Self::Avx512Vnni];
    /// Every one of the target, slowest first.
    #[cfg(target_arch = "wasm32")]
    pub const ALL: &[Self] = &[Self::Portable, Self::Simd128, Self::RelaxedSimd];
    /// Every one of the target, slowest first.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
    pub const ALL: &[Self] = &[Self::Portable];

    /// Whether this machine has it.
    #[must_use]
    pub fn available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vnni")
            }
            #[cfg(target_arch = "wasm32")]
            Self::Simd128 => true,
            #[cfg(target_arch = "wasm32")]
            Self::RelaxedSimd => crate::relaxed::is_put(),
        }
    }

    /// The fastest of this engine; it has 128-bit registers, so that plain Rust is not linked.
    #[cfg(target_arch = "wasm32")]
    #[must_use]
    pub fn best() -> Self {
        match Self::RelaxedSimd.available() {
            true => Self::RelaxedSimd,
            false => Self::Simd128,
        }
    }

    /// The fastest that this machine has.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn best() -> Self {
        static BEST: std::sync::OnceLock<Instructions> = std::sync::OnceLock::new();
        let find = || Self::ALL.iter().rfind(|set| set.available());
        *BEST.get_or_init(|| find().copied().unwrap_or(Self::Portable))
    }

    /// Rounds `x`, `[rows, k]`.
    ///
    /// # Panics
    /// When the machine lacks the instructions, `k` is 0 or no multiple of 32, or `x` no multiple of
    /// `k`.
    #[must_use]
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "the assert covers what the functions need")
    )]
    pub fn round(self, x: &[f32], k: usize) -> Activations {
        assert!(self.available(), "{self:?} is not on this machine");
        match self {
            Self::Portable => Activations::by(x, k, round_block::<false>),
            // SAFETY: the machine has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { crate::x86::round_avx2(x, k) },
            // SAFETY: the machine has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => unsafe { crate::x86::round_vnni(x, k) },
            #[cfg(target_arch = "wasm32")]
            Self::Simd128 | Self::RelaxedSimd => crate::wasm::round(x, k),
        }
    }

    /// Products of every row of `x` with the columns of `tile`: [`COLUMNS`] numbers at the begin of
    /// each of the rows of `out`, which are `stride` apart.
    ///
    /// # Panics
    /// When the machine lacks the instructions, the inner sizes differ or `out` is too short.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "the assert covers what the functions need")
    )]
    pub fn multiply(self, x: &Activations, tile: &Tile, out: &mut [f32], stride: usize) {
        assert!(self.available(), "{self:?} is not on this machine");
        assert_eq!(x.blocks, tile.blocks.len(), "the inner sizes agree");
        assert!(x.rows() == 0 || out.len() >= (x.rows() - 1) * stride + COLUMNS);
        match self {
            Self::Portable => portable::multiply(x, tile, out, stride),
            // SAFETY: the machine has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { crate::x86::multiply_avx2(x, tile, out, stride) },
            // SAFETY: the machine has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => unsafe { crate::x86::multiply_vnni(x, tile, out, stride) },
            #[cfg(target_arch = "wasm32")]
            Self::Simd128 => crate::wasm::multiply(x, tile, out, stride),
            #[cfg(target_arch = "wasm32")]
            Self::RelaxedSimd => crate::relaxed::multiply(x, tile, out, stride),
        }
    }
}
