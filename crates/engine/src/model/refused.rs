//! What is refused by name, with the reason and what to use instead.

use super::folder::{Folder, Sign};
use crate::error::{Error, Result};

/// A known family that is not supported.
struct Refusal {
    /// Its name.
    name: &'static str,
    /// `model_type` in `config.json`; empty where the sign alone tells.
    model_type: &'static str,
    /// What else tells it.
    sign: Sign,
    /// Why, and what to use instead.
    reason: &'static str,
}

const fn refusal(name: &'static str, model_type: &'static str, reason: &'static str) -> Refusal {
    Refusal {
        name,
        model_type,
        sign: Sign::Any,
        reason,
    }
}

/// A refusal of whatever shows the sign.
const fn marked(name: &'static str, sign: Sign, reason: &'static str) -> Refusal {
    Refusal {
        name,
        model_type: "",
        sign,
        reason,
    }
}

const UNIFORM: &str = "its noise replaces tokens by random ones, so that no position is ever open or \
     done and each may be drawn again in every step, while decoding here fills masks; use a masked \
     model such as mdlm-owt or sedd-small";

const REFUSALS: &[Refusal] = &[
    refusal(
        "Qwen2-MoE",
        "qwen2_moe",
        "a gate of its own scales the expert that serves all rows, which no kernel does; use \
         Qwen3-MoE",
    ),
    refusal("Duo", "DUO", UNIFORM),
    refusal("Duo", "duo", UNIFORM),
    refusal("GIDD", "gidd", UNIFORM),
    marked(
        "a DFlash drafter",
        Sign::Field("dflash_config"),
        "it only drafts for another model and cannot generate alone; use a diffusion language model",
    ),
    refusal(
        "DiffusionGemma",
        "diffusion_gemma",
        "it is a mixture of experts without a mask token; use SDAR or Fast-dLLM v2",
    ),
    refusal(
        "arcLM",
        "qwen3_5",
        "three of four layers are recurrent (Gated DeltaNet), and there is no kernel for them; use \
         a Qwen3-0.6B diffusion model",
    ),
    refusal(
        "a multimodal model",
        "mmada",
        "images are among its tokens, and only text is handled; use LLaDA-8B",
    ),
];

/// # Errors
/// `unsupported_model` with the reason, for a folder of a family in the table.
pub fn check(folder: &Folder) -> Result<()> {
    let is_it = |refusal: &&Refusal| {
        let named = refusal.model_type.is_empty() || refusal.model_type == folder.model_type();
        named && folder.shows(refusal.sign)
    };
    match REFUSALS.iter().find(is_it) {
        None => Ok(()),
        Some(refusal) => Err(Error::unsupported(format!(
            "{} is not supported: {}",
            refusal.name, refusal.reason
        ))),
    }
}

/// The names of the families that are refused, as in `docs/models.md`.
#[must_use]
pub fn refused_families() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = REFUSALS.iter().map(|refusal| refusal.name).collect();
    names.dedup();
    names
}
