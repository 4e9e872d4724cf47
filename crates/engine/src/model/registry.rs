//! Which architecture a checkpoint is: the table of families and their conventions.
//!
//! Checkpoints do not carry what this table says: which position a row predicts, where confidence
//! is measured, whether attention is blocked. A family is one row here and one in `docs/models.md`.

#[cfg(test)]
mod tests;

use super::Architecture;
use super::config::Config;
use super::folder::{Blocks, Folder, Sign};
use super::llama::{self, Dialect};
use super::spec::{LogitShift, StatSpace};
use super::{bert, dit, gpt2, modern_bert, refused};
use crate::error::{Error, Result};

/// Which code reads a family's facts and lists its parameters.
#[derive(Clone, Copy)]
pub enum Reader {
    /// The Llama/Qwen block, under this family's names.
    Llama(&'static Dialect),
    /// ModernBERT.
    ModernBert,
    /// BERT.
    Bert,
    /// GPT-2.
    Gpt2,
    /// The modulated transformer of MDLM.
    Dit,
    /// The same, told the noise level: SEDD.
    Sedd,
}

/// What a family does that its `config.json` does not say.
pub struct Family {
    /// Its name in messages and in `docs/models.md`.
    pub name: &'static str,
    /// `model_type` in `config.json`.
    pub model_type: &'static str,
    /// What tells it apart from other families of that `model_type`; the first that fits is it.
    pub sign: Sign,
    /// What reads it.
    pub reader: Reader,
    /// Which position a row predicts.
    pub shift: LogitShift,
    /// Whether it is trained as a causal model as well.
    pub tri_mode: bool,
    /// Whether rows attend in an order in which masks come last.
    pub masks_last: bool,
    /// Where confidence is measured.
    pub stat_space: StatSpace,
    /// How its attention is blocked.
    pub blocks: Blocks,
}

impl Family {
    const fn named(name: &'static str, model_type: &'static str, reader: Reader) -> Self {
        Self {
            name,
            model_type,
            sign: Sign::Any,
            reader,
            shift: LogitShift::None,
            tri_mode: false,
            masks_last: false,
            stat_space: StatSpace::Raw,
            blocks: Blocks::Stated("", 0),
        }
    }

    const fn sign(self, sign: Sign) -> Self {
        Self { sign, ..self }
    }

    const fn shifted(self) -> Self {
        Self {
            shift: LogitShift::Next,
            ..self
        }
    }

    const fn tri_mode(self) -> Self {
        Self {
            tri_mode: true,
            ..self
        }
    }

    const fn masks_last(self) -> Self {
        Self {
            masks_last: true,
            ..self
        }
    }

    const fn tempered(self) -> Self {
        Self {
            stat_space: StatSpace::Tempered,
            ..self
        }
    }

    const fn blocks(self, blocks: Blocks) -> Self {
        Self { blocks, ..self }
    }

    /// An autoregressive language model.
    const fn causal(name: &'static str, model_type: &'static str, reader: Reader) -> Self {
        Self::named(name, model_type, reader)
            .sign(Sign::Autoregressive)
            .blocks(Blocks::Single)
            .shifted()
    }
}

const LLAMA: Reader = Reader::Llama(&llama::LLAMA);
const QWEN3_MOE: Reader = Reader::Llama(&llama::QWEN3_MOE);
const LLADA_MOE: Reader = Reader::Llama(&llama::LLADA_MOE);

/// How Tiny-A2D checkpoints are blocked: by the word in their name, since nothing else tells.
const A2D: Blocks = Blocks::Stated("bd3lm", 32);

/// Every supported family. Sources of the conventions: the authors' samplers.
const FAMILIES: &[Family] = &[
    Family::named("Tiny-A2D", "a2d-llama", LLAMA).blocks(A2D),
    Family::named("Tiny-A2D", "a2d-qwen2", LLAMA).blocks(A2D),
    Family::named("Tiny-A2D", "a2d-qwen3", LLAMA).blocks(A2D),
    Family::named("Fast-dLLM v2", "Fast_dLLM_Qwen", LLAMA)
        .shifted()
        .blocks(Blocks::Always(32)),
    Family::named("SDAR and TraDo", "sdar", LLAMA)
        .tempered()
        .blocks(Blocks::Always(4)),
    Family::named("CoDA", "CoDA", LLAMA).shifted().tempered(),
    Family::named("Dream", "Dream", LLAMA).shifted().tempered(),
    // Published under the model type of the dense one.
    Family::named("LLaDA-MoE", "llada", LLADA_MOE).sign(Sign::Class("LLaDAMoE")),
    Family::named("LLaDA-MoE", "lladamoe", LLADA_MOE),
    Family::named("LLaDA-MoE", "llada_moe", LLADA_MOE),
    Family::named("LLaDA", "llada", Reader::Llama(&llama::LLADA)),
    Family::named("LLaDA2", "llada2_moe", Reader::Llama(&llama::LLADA2)).blocks(Blocks::Always(32)),
    Family::named("SDAR-MoE", "sdar_moe", QWEN3_MOE)
        .tempered()
        .blocks(Blocks::Always(4)),
    Family::named("RND1", "rnd1", QWEN3_MOE)
        .shifted()
        .tempered(),
    Family::named(
        "Nemotron-Labs-Diffusion",
        "nemotron_labs_diffusion",
        Reader::Llama(&llama::NEMOTRON),
    )
    .tri_mode()
    .blocks(Blocks::Always(32)),
    Family::named("WeDLM", "wedlm", LLAMA).masks_last(),
    Family::named("WeDLM", "qwen2", LLAMA)
        .sign(Sign::Class("WeDLM"))
        .masks_last(),
    Family::named("WeDLM", "qwen3", LLAMA)
        .sign(Sign::Class("WeDLM"))
        .masks_last(),
    Family::named("SMDM", "smdm", Reader::Llama(&llama::SMDM)).blocks(Blocks::Never),
    Family::named("DiffuLLaMA", "llama", Reader::Llama(&llama::DIFFULLAMA))
        .sign(Sign::Tensor("denoise_model.norm.weight"))
        .shifted(),
    Family::named("ModernBERT", "modernbert", Reader::ModernBert),
    Family::named("BERT", "bert", Reader::Bert),
    Family::named("MDLM", "mdlm", Reader::Dit).blocks(Blocks::Never),
    Family::named("BD3-LM", "bd3lm", Reader::Dit).blocks(Blocks::Always(4)),
    Family::named("SEDD", "", Reader::Sedd)
        .sign(Sign::Field("graph"))
        .blocks(Blocks::Never),
    Family::named("DiffuGPT", "gpt2", Reader::Gpt2)
        .sign(Sign::Tensor("denoise_model.wpe.weight"))
        .shifted(),
    Family::causal("GPT-2", "gpt2", Reader::Gpt2),
    Family::causal("Llama", "llama", LLAMA),
    Family::causal("Qwen2", "qwen2", LLAMA),
    Family::causal("Qwen3", "qwen3", LLAMA),
    Family::causal("Qwen3-MoE", "qwen3_moe", QWEN3_MOE),
    Family::named("Llama with a mask token", "llama", LLAMA),
    Family::named("Open-dCoder", "qwen2", LLAMA)
        .shifted()
        .tempered(),
    Family::named("Qwen3 with a mask token", "qwen3", LLAMA),
];

/// The names of the supported families, as in `docs/models.md`.
#[must_use]
pub fn supported_families() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = FAMILIES.iter().map(|family| family.name).collect();
    names.dedup();
    names
}

/// The supported `model_type`s, each once. SEDD's configurations have none.
#[must_use]
pub fn supported_types() -> Vec<&'static str> {
    let mut types = Vec::new();
    for family in FAMILIES {
        if !family.model_type.is_empty() && !types.contains(&family.model_type) {
            types.push(family.model_type);
        }
    }
    types
}

/// The architecture of a checkpoint; `has_tensor` tells which tensors it holds, `has_mask` whether
/// its configuration or its tokenizer's names a mask token.
///
/// # Errors
/// `unsupported_model` naming the family or the option that is not supported; `bad_file` for a
/// field that is missing or of the wrong kind.
pub fn detect(
    config: &Config,
    has_tensor: &dyn Fn(&str) -> bool,
    has_mask: bool,
) -> Result<Box<dyn Architecture>> {
    let folder = Folder {
        config,
        has_tensor,
        has_mask,
    };
    refused::check(&folder)?;
    let fits =
        |family: &&Family| family.model_type == folder.model_type() && folder.shows(family.sign);
    let Some(family) = FAMILIES.iter().find(fits) else {
        return Err(unknown(&folder));
    };
    let network = match family.reader {
        Reader::Llama(dialect) => llama::read(&folder, family, dialect)?,
        Reader::ModernBert => modern_bert::read(&folder, family)?,
        Reader::Bert => bert::read(&folder, family)?,
        Reader::Gpt2 => gpt2::read(&folder, family)?,
        Reader::Dit => dit::read(&folder, family)?,
        Reader::Sedd => dit::read_sedd(&folder, family)?,
    };
    Ok(Box::new(network))
}

fn unknown(folder: &Folder) -> Error {
    let supported = supported_types().join(", ");
    match folder.model_type() {
        "" => Error::unsupported(format!(
            "config.json has no \"model_type\", which says what the checkpoint is; supported are \
             {supported}"
        )),
        other => Error::unsupported(format!(
            "architecture \"{other}\" is not supported; supported are {supported}"
        )),
    }
}
