//! How a caller wants keys and values to be kept.

use serde::{Deserialize, Serialize};

use super::{DtypeChoice, by_word};
use crate::error::{Error, Result};
use crate::kernels::kv::{BLOCK, KvFormat};
use crate::recording::DeviceKind;

/// The format of keys and values that a caller asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvChoice {
    /// f16 on a GPU, unless the weights are f32 by wish. On the CPU q8_0 where the weights are integers
    /// and the heads have whole blocks, as such keys and values are multiplied faster; else f32.
    #[default]
    Auto,
    /// 32-bit floats: exact plans then equal the full forward within the rounding of single precision.
    F32,
    /// 16-bit floats: half the memory.
    F16,
    /// Blocks of 32 8-bit integers with a scale each: a little more than a quarter.
    #[serde(rename = "q8_0")]
    Q8_0,
}

impl KvChoice {
    /// Every choice by its word.
    pub const ALL: [(&'static str, Self); 4] = [
        ("auto", Self::Auto),
        ("f32", Self::F32),
        ("f16", Self::F16),
        ("q8_0", Self::Q8_0),
    ];

    /// The format for a model whose heads have `head_dim` numbers.
    ///
    /// # Errors
    /// `bad_input` where such heads have no whole blocks.
    pub fn format(
        self,
        head_dim: usize,
        dtype: DtypeChoice,
        device: DeviceKind,
    ) -> Result<KvFormat> {
        let format = match self {
            Self::Auto => automatic(head_dim, dtype, device),
            Self::F32 => KvFormat::F32,
            Self::F16 => KvFormat::F16,
            Self::Q8_0 => KvFormat::Q8_0,
        };
        match format.fits(head_dim) {
            true => Ok(format),
            false => Err(Error::bad_input(format!(
                "keys and values in q8_0 need heads of a multiple of {BLOCK} numbers, and this \
                 model's have {head_dim}; choose f16 or f32"
            ))),
        }
    }
}

/// What fits heads of `head_dim` numbers where nothing was chosen.
fn automatic(head_dim: usize, dtype: DtypeChoice, device: DeviceKind) -> KvFormat {
    let is_integer = !matches!(dtype, DtypeChoice::F32 | DtypeChoice::F16);
    match device {
        DeviceKind::Gpu if dtype != DtypeChoice::F32 => KvFormat::F16,
        DeviceKind::Cpu if is_integer && KvFormat::Q8_0.fits(head_dim) => KvFormat::Q8_0,
        _ => KvFormat::F32,
    }
}

impl std::str::FromStr for KvChoice {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        by_word(Self::ALL, word, |words| {
            format!("unknown format \"{word}\" of keys and values; choose one of {words}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_chosen_follows_device_and_weights() {
        let auto = |dtype, device| KvChoice::Auto.format(64, dtype, device).unwrap();
        assert_eq!(auto(DtypeChoice::Q8_0, DeviceKind::Gpu), KvFormat::F16);
        assert_eq!(auto(DtypeChoice::F32, DeviceKind::Gpu), KvFormat::F32);
        assert_eq!(auto(DtypeChoice::Auto, DeviceKind::Cpu), KvFormat::Q8_0);
        assert_eq!(auto(DtypeChoice::F16, DeviceKind::Cpu), KvFormat::F32);
        let narrow = KvChoice::Auto.format(24, DtypeChoice::Q8_0, DeviceKind::Cpu);
        assert_eq!(narrow.unwrap(), KvFormat::F32, "24 numbers are no block");
    }

    #[test]
    fn heads_without_whole_blocks_are_refused() {
        let blocks = |head_dim| KvChoice::Q8_0.format(head_dim, DtypeChoice::Auto, DeviceKind::Cpu);
        assert_eq!(blocks(64).unwrap(), KvFormat::Q8_0);
        assert!(blocks(24).unwrap_err().message.contains("have 24"));
        let error = "q4".parse::<KvChoice>().unwrap_err();
        assert!(error.message.contains("auto, f32, f16, q8_0"), "{error}");
    }
}
