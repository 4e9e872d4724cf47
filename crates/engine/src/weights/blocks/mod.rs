//! The block types of ggml: how a GGUF file packs the weights of a row.
//!
//! A row is whole blocks, one after the other; a block has its scales beside its quants. What is
//! read of them is f32 (`unpack`), bit for bit what ggml's own decoder gives; the resident formats
//! ([`Format`](super::Format)) are packed from that, save those that are the same numbers in
//! another order (`format/repack.rs`).
//!
//! A type is one file here and one line in [`BlockType::layout`].

mod q4_0;
mod q4_1;
mod q4_k;
mod q5_0;
mod q5_1;
mod q5_k;
mod q6_k;
mod q8_0;

use half::f16;

/// A block type of ggml that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockType {
    /// 32 weights: 4-bit quants, a scale.
    Q4_0,
    /// 32 weights: 4-bit quants, a scale and a minimum.
    Q4_1,
    /// 32 weights: 5-bit quants, a scale.
    Q5_0,
    /// 32 weights: 5-bit quants, a scale and a minimum.
    Q5_1,
    /// 32 weights: 8-bit quants, a scale.
    Q8_0,
    /// 256 weights: 4-bit quants, eight 6-bit scales and minima, two factors for these.
    Q4K,
    /// 256 weights: 5-bit quants, eight 6-bit scales and minima, two factors for these.
    Q5K,
    /// 256 weights: 6-bit quants, sixteen 8-bit scales, a factor for these.
    Q6K,
}

/// The facts of one type; each file of this folder has one.
struct Layout {
    /// Its name in ggml: `"Q4_K"`.
    word: &'static str,
    /// Its number in a GGUF file.
    ggml_id: u32,
    /// Weights a block.
    weights: usize,
    /// Bytes a block.
    bytes: usize,
    /// Whole blocks to as many weights as they hold.
    unpack: fn(&[u8], &mut [f32]),
}

impl BlockType {
    /// Every type, by its number of bits.
    pub const ALL: [Self; 8] = [
        Self::Q4_0,
        Self::Q4_1,
        Self::Q4K,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q5K,
        Self::Q6K,
        Self::Q8_0,
    ];

    fn layout(self) -> &'static Layout {
        match self {
            Self::Q4_0 => &q4_0::LAYOUT,
            Self::Q4_1 => &q4_1::LAYOUT,
            Self::Q5_0 => &q5_0::LAYOUT,
            Self::Q5_1 => &q5_1::LAYOUT,
            Self::Q8_0 => &q8_0::LAYOUT,
            Self::Q4K => &q4_k::LAYOUT,
            Self::Q5K => &q5_k::LAYOUT,
            Self::Q6K => &q6_k::LAYOUT,
        }
    }

    /// Its name in ggml: `"Q4_K"`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.layout().word
    }

    /// Its number in a GGUF file.
    #[must_use]
    pub fn ggml_id(self) -> u32 {
        self.layout().ggml_id
    }

    /// Weights a block.
    #[must_use]
    pub fn weights(self) -> usize {
        self.layout().weights
    }

    /// Bytes a block.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.layout().bytes
    }

    /// The weights of the whole blocks in `bytes`, into `out`, which has room for exactly these.
    ///
    /// # Panics
    /// When `bytes` is no whole number of blocks, or `out` has another length.
    pub fn unpack(self, bytes: &[u8], out: &mut [f32]) {
        let Layout {
            weights,
            bytes: block,
            unpack,
            ..
        } = *self.layout();
        assert!(bytes.len().is_multiple_of(block), "whole blocks only");
        assert_eq!(out.len(), bytes.len() / block * weights, "out fits");
        unpack(bytes, out);
    }
}

/// Calls `unpack` for every block of `bytes` with its part of `out`.
fn each<const BYTES: usize, const WEIGHTS: usize>(
    bytes: &[u8],
    out: &mut [f32],
    unpack: impl Fn(&[u8; BYTES], &mut [f32; WEIGHTS]),
) {
    let blocks = bytes.as_chunks::<BYTES>().0.iter();
    for (block, out) in blocks.zip(out.as_chunks_mut::<WEIGHTS>().0) {
        unpack(block, out);
    }
}

/// The half-precision number in two bytes, widened.
fn half(bytes: [u8; 2]) -> f32 {
    f16::from_le_bytes(bytes).to_f32()
}

/// Quant `i` of a block of 32 whose low nibbles are its first half: 0 to 15.
fn nibble(quants: &[u8], i: usize) -> u8 {
    match i < 16 {
        true => quants[i] & 15,
        false => quants[i - 16] >> 4,
    }
}

/// The 6-bit scales and minima of the eight groups of a Q4_K or Q5_K block.
///
/// Bytes 0 to 3 have the scales of groups 0 to 3, bytes 4 to 7 their minima, in the low six bits;
/// the high two bits of these and the nibbles of bytes 8 to 11 are those of groups 4 to 7.
fn scales_and_minima(packed: &[u8]) -> [(u8, u8); 8] {
    std::array::from_fn(|group| match group < 4 {
        true => (packed[group] & 63, packed[group + 4] & 63),
        false => {
            let low = packed[group + 4];
            let (scale, minimum) = (packed[group - 4] >> 6, packed[group] >> 6);
            (low & 15 | scale << 4, low >> 4 | minimum << 4)
        }
    })
}
