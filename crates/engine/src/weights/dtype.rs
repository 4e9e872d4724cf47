//! Number types of a source file, and how the float ones become f32.

use half::{bf16, f16};

/// Number type of a tensor in a safetensors file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceDtype {
    /// IEEE single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of an f32.
    BF16,
    /// A type of the safetensors format that is never read as weights, by its word: `"I64"`.
    Other(&'static str),
}

/// Words and bits an element of the types that may stand in a file but are not read.
const OTHERS: [(&str, u64); 18] = [
    ("BOOL", 8),
    ("U8", 8),
    ("I8", 8),
    ("U16", 16),
    ("I16", 16),
    ("U32", 32),
    ("I32", 32),
    ("U64", 64),
    ("I64", 64),
    ("F64", 64),
    ("C64", 64),
    ("F8_E4M3", 8),
    ("F8_E5M2", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("F4", 4),
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
            Self::Other(word) => word,
        }
    }

    /// Bits an element.
    #[must_use]
    pub fn bits(self) -> u64 {
        match self {
            Self::F32 => 32,
            Self::F16 | Self::BF16 => 16,
            Self::Other(word) => OTHERS
                .iter()
                .find(|(other, _)| *other == word)
                .map_or(8, |(_, bits)| *bits),
        }
    }

    /// Bytes an element where weights of this type can be read, else `None`.
    #[must_use]
    pub fn weight_bytes(self) -> Option<usize> {
        match self {
            Self::F32 => Some(4),
            Self::F16 | Self::BF16 => Some(2),
            Self::Other(_) => None,
        }
    }

    /// Appends `bytes` (little endian, whole elements) to `out` as f32. Every conversion is exact.
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
            Self::Other(word) => debug_assert!(false, "weights of type {word} are refused earlier"),
        }
    }
}

impl std::fmt::Display for SourceDtype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
