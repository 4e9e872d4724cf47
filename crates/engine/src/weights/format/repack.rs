//! ggml's blocks that are a resident format's numbers in another order: the same bits, moved.
//!
//! A block has its f16 scale and then its quants; the resident planes have all quants, then all
//! scales. So weights that a file has as Q8_0 or Q4_0 need not be rounded a second time.

use half::f16;

use super::{Format, Planes, pad_to_words};
use crate::weights::blocks::BlockType;
use crate::weights::dtype::SourceDtype;

/// Bytes of a block's scale.
const SCALE: usize = 2;

impl Format {
    /// The block type of the same numbers.
    #[must_use]
    pub fn block_type(self) -> Option<BlockType> {
        match self {
            Self::Q8_0 => Some(BlockType::Q8_0),
            Self::Q4_0 => Some(BlockType::Q4_0),
            Self::F32 | Self::F16 => None,
        }
    }

    /// The planes of whole `blocks` of [`Self::block_type`]; or the index of the first block whose
    /// scale is NaN or infinite.
    ///
    /// # Errors
    /// That index.
    pub(in crate::weights) fn split_blocks(self, blocks: &[u8]) -> Result<Planes, usize> {
        let bytes = SCALE + self.layout().quant_bytes;
        let count = blocks.len() / bytes;
        let mut planes = Planes {
            quants: Vec::with_capacity(count * self.layout().quant_bytes + 3),
            scales: Vec::with_capacity(count * SCALE + 3),
        };
        for (index, block) in blocks.chunks_exact(bytes).enumerate() {
            let (scale, quants) = block.split_at(SCALE);
            if !f16::from_le_bytes([scale[0], scale[1]]).is_finite() {
                return Err(index);
            }
            planes.scales.extend_from_slice(scale);
            planes.quants.extend_from_slice(quants);
        }
        pad_to_words(&mut planes.quants);
        pad_to_words(&mut planes.scales);
        Ok(planes)
    }

    /// How a file has weights of this format.
    #[must_use]
    pub fn source_dtype(self) -> SourceDtype {
        match (self, self.block_type()) {
            (_, Some(kind)) => SourceDtype::Block(kind),
            (Self::F16, None) => SourceDtype::F16,
            (_, None) => SourceDtype::F32,
        }
    }

    /// Appends the bytes that a file has for `weights` weights in `planes`.
    pub fn join_blocks(self, planes: &Planes, weights: usize, out: &mut Vec<u8>) {
        let super::Layout {
            block, quant_bytes, ..
        } = *self.layout();
        let quants = planes
            .quants
            .chunks_exact(quant_bytes)
            .take(weights / block);
        if self.block_type().is_none() {
            return out.extend(quants.flatten());
        }
        for (scale, quants) in planes.scales.chunks_exact(SCALE).zip(quants) {
            out.extend_from_slice(scale);
            out.extend_from_slice(quants);
        }
    }
}
