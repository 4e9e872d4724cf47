//! Number types of a source file, and how those that hold weights become f32.

use half::{bf16, f16};

use super::blocks::BlockType;
use super::packed::Packing;

/// Number type of a tensor in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceDtype {
    /// IEEE single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of an f32.
    BF16,
    /// Blocks of quantized weights.
    Block(BlockType),
    /// Several tensors of a file that are one weight.
    Packed(Packing),
    /// A type that may stand in a file but is never read as weights, by its word: `"I64"`.
    Other(&'static str),
}

/// Words of the safetensors types that may stand in a file but are not read, and how many elements
/// take how many bytes.
const OTHERS: [(&str, (usize, usize)); 18] = [
    ("BOOL", (1, 1)),
    ("U8", (1, 1)),
    ("I8", (1, 1)),
    ("U16", (1, 2)),
    ("I16", (1, 2)),
    ("U32", (1, 4)),
    ("I32", (1, 4)),
    ("U64", (1, 8)),
    ("I64", (1, 8)),
    ("F64", (1, 8)),
    ("C64", (1, 8)),
    ("F8_E4M3", (1, 1)),
    ("F8_E5M2", (1, 1)),
    ("F8_E8M0", (1, 1)),
    ("F8_E4M3FNUZ", (1, 1)),
    ("F6_E2M3", (4, 3)),
    ("F6_E3M2", (4, 3)),
    ("F4", (2, 1)),
];

impl SourceDtype {
    /// The type spelled `word` in a header, if the format knows it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "F32" => Some(Self::F32),
            "F16" => Some(Self::F16),
            "BF16" => Some(Self::BF16),
            _ => OTHERS
                .iter()
                .find(|(other, _)| *other == word)
                .map(|(other, _)| Self::Other(other)),
        }
    }

    /// The type's word in a header: `"BF16"`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::BF16 => "BF16",
            Self::Block(kind) => kind.as_str(),
            Self::Packed(packing) => packing.as_str(),
            Self::Other(word) => word,
        }
    }

    /// Elements that are stored together, and the bytes they take: `(1, 4)`, `(32, 18)`.
    #[must_use]
    pub fn block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::BF16 => (1, 2),
            Self::Block(kind) => (kind.weights(), kind.bytes()),
            // Its tensors have each their own; no byte of the whole is read as such.
            Self::Packed(_) => (1, 0),
            Self::Other(word) => OTHERS
                .iter()
                .find(|(other, _)| *other == word)
                .map_or((1, 1), |(_, block)| *block),
        }
    }

    /// Bytes of so many elements; `None` when they are no whole blocks, or too many to count.
    #[must_use]
    pub fn bytes(self, elements: u64) -> Option<u64> {
        let (block, bytes) = self.block();
        let blocks = elements / block as u64;
        let whole = elements.is_multiple_of(block as u64);
        blocks.checked_mul(bytes as u64).filter(|_| whole)
    }

    /// Its number in a GGUF file.
    ///
    /// # Panics
    /// For a type that holds no weights: none is written.
    #[must_use]
    pub fn ggml_id(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::BF16 => 30,
            Self::Block(kind) => kind.ggml_id(),
            Self::Packed(_) | Self::Other(_) => panic!("tensors of type {self} are not written"),
        }
    }

    /// Whether weights of this type can be read.
    #[must_use]
    pub fn holds_weights(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// Appends `bytes` (little endian, whole blocks) to `out` as f32. Floats convert exactly,
    /// blocks as their own file of `blocks/` says.
    pub(super) fn widen(self, bytes: &[u8], out: &mut Vec<f32>) {
        match self {
            Self::F32 => out.extend(
                bytes
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|b| f32::from_le_bytes(*b)),
            ),
            Self::F16 => out.extend(
                bytes
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|b| f16::from_le_bytes(*b).to_f32()),
            ),
            Self::BF16 => out.extend(
                bytes
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|b| bf16::from_le_bytes(*b).to_f32()),
            ),
            Self::Block(kind) => {
                let (weights, block) = self.block();
                let first = out.len();
                out.resize(first + bytes.len() / block * weights, 0.0);
                kind.unpack(bytes, &mut out[first..]);
            }
            Self::Packed(_) | Self::Other(_) => {
                debug_assert!(false, "{self} is not read as it stands");
            }
        }
    }
}

impl std::fmt::Display for SourceDtype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
