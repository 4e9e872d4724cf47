//! How keys and values are kept: the roles `kv` of the kernel that reads them and `keep` of those that
//! write them.

use serde::Serialize;

use crate::shader::Role;

/// Numbers that share a scale in 8-bit blocks.
pub const BLOCK: usize = 32;

/// A format of keys and values. All need nothing but the baseline of WebGPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KvFormat {
    /// 32-bit floats.
    #[default]
    F32,
    /// 16-bit floats, two a word.
    F16,
    /// Blocks of 32 8-bit integers; behind those of a head are its scales, a 32-bit float each.
    #[serde(rename = "q8_0")]
    Q8_0,
}

impl KvFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::F32, Self::F16, Self::Q8_0];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Q8_0 => "q8_0",
        }
    }

    /// Whether heads of `head_dim` numbers, a multiple of 4, can be kept in it.
    #[must_use]
    pub fn fits(self, head_dim: usize) -> bool {
        self != Self::Q8_0 || head_dim.is_multiple_of(BLOCK)
    }

    /// 32-bit words of one head of one slot.
    #[must_use]
    pub fn words(self, head_dim: usize) -> usize {
        match self {
            Self::F32 => head_dim,
            Self::F16 => head_dim / 2,
            Self::Q8_0 => head_dim / 4 + head_dim / BLOCK,
        }
    }

    /// The role of the kernel that reads.
    #[must_use]
    pub fn role(self) -> Role {
        ("kv", self.as_str())
    }

    /// The role of a kernel that writes.
    #[must_use]
    pub fn keep_role(self) -> Role {
        ("keep", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::KvFormat;

    #[test]
    fn a_head_takes_so_many_words() {
        let words = KvFormat::ALL.map(|format| format.words(64));
        assert_eq!(words, [64, 32, 18]);
        assert!(KvFormat::F16.fits(20) && !KvFormat::Q8_0.fits(20));
    }
}
