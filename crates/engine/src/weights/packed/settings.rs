//! What `config.json` says of how weights are packed.

use serde_json::Value;

use super::Packing;
use crate::weights::files::Files;
use crate::weights::whole_file::json_file;
use crate::{Error, Result};

/// How the weights of a checkpoint are packed.
#[derive(Debug)]
pub(super) struct Settings {
    pub packing: Packing,
    json: Value,
}

impl Settings {
    /// Reads `quantization_config` (GPTQ, AWQ) or `quantization` (MLX) of `config.json`.
    ///
    /// # Errors
    /// `unsupported_model` for another method, or an option that would change the numbers;
    /// `bad_file` when there is neither.
    pub async fn read<F: Files>(files: &F) -> Result<Self> {
        let config = json_file(files, "config.json").await?.unwrap_or_default();
        let of_transformers = &config["quantization_config"];
        let (packing, json) = match of_transformers["quant_method"].as_str() {
            Some("gptq") => (Packing::Gptq, of_transformers),
            Some("awq") => (Packing::Awq, of_transformers),
            Some(other) => return unsupported(&format!("quantization method \"{other}\"")),
            None if config["quantization"].is_object() => (Packing::Mlx, &config["quantization"]),
            None => {
                return Err(Error::bad_file(
                    "the checkpoint has packed weights, but config.json does not say how: a \
                     \"quantization_config\" of GPTQ or AWQ, or MLX's \"quantization\", is expected",
                ));
            }
        };
        let settings = Self {
            packing,
            json: json.clone(),
        };
        settings.refuse_options()?;
        Ok(settings)
    }

    fn refuse_options(&self) -> Result<()> {
        let allowed: &[(&str, &[&str])] = match self.packing {
            Packing::Gptq => &[("checkpoint_format", &["gptq", "gptq_v2"])],
            Packing::Awq => &[("version", &["gemm", "GEMM"])],
            Packing::Mlx => &[("mode", &["affine"])],
        };
        for (option, words) in allowed {
            if let Some(word) = self.json[option]
                .as_str()
                .filter(|word| !words.contains(word))
            {
                return unsupported(&format!(
                    "{} with \"{option}\": \"{word}\"",
                    self.packing.as_str()
                ));
            }
        }
        Ok(())
    }

    /// Bits of a quant.
    ///
    /// # Errors
    /// `unsupported_model` when they do not divide a word evenly.
    pub fn bits(&self) -> Result<usize> {
        let bits = self.json["bits"].as_u64().or(self.json["w_bit"].as_u64());
        match bits {
            Some(bits @ (2 | 4 | 8)) => Ok(bits as usize),
            _ => unsupported(&format!(
                "{} with {} bits (2, 4 and 8 are)",
                self.packing.as_str(),
                bits.map_or_else(|| "no number of".to_owned(), |bits| bits.to_string())
            )),
        }
    }

    /// Inputs that share a scale in the weight `stem` of so many inputs.
    ///
    /// # Errors
    /// `bad_file` when it is no positive number.
    pub fn group(&self, stem: &str, inputs: usize) -> Result<usize> {
        // MLX may set a module apart from the rest.
        let own = &self.json[stem]["group_size"];
        let usual = [own, &self.json["group_size"], &self.json["q_group_size"]];
        let size = usual.into_iter().find_map(Value::as_i64);
        match size {
            Some(-1) => Ok(inputs.max(1)),
            Some(size @ 1..=0x00FF_FFFF) => Ok(size as usize),
            _ => Err(Error::bad_file(
                "config.json gives no \"group_size\" for its packed weights; a positive number, \
                 or -1 for whole columns, is expected",
            )),
        }
    }

    /// Whether zeros are stored as they are: in GPTQ's first format they are one less.
    pub fn is_second_format(&self) -> bool {
        self.json["checkpoint_format"] == "gptq_v2"
    }
}

fn unsupported<T>(what: &str) -> Result<T> {
    Err(Error::unsupported(format!(
        "{what} is not supported; 2, 4 and 8 bits of GPTQ (gptq, gptq_v2), AWQ (gemm) and MLX \
         (affine) are, or use the original weights"
    )))
}
