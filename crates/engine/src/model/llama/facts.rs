//! Reads the facts of a Llama/Qwen checkpoint and refuses what would silently change the numbers.

use super::layer_tensor;
use crate::error::{Error, Result};
use crate::kernels::attention::MAX_HEAD_DIM;
use crate::model::config::Config;
use crate::model::registry::Family;
use crate::model::spec::{Attention, LogitShift, ModelSpec};

/// The checkpoint's facts.
///
/// # Errors
/// `unsupported_model` for an option of the family that is not supported; `bad_file` for a field
/// that is missing or of the wrong kind.
pub fn read(
    config: &Config,
    family: Family,
    has_tensor: &dyn Fn(&str) -> bool,
    has_mask: bool,
) -> Result<ModelSpec> {
    refuse_options(config)?;
    refuse_biases(has_tensor)?;
    let hidden = config.size("hidden_size")?;
    let query_heads = config.size("num_attention_heads")?;
    let key_heads = config.optional_size("num_key_value_heads")?;
    let head_dim = config.optional_size("head_dim")?;
    let tied = config.flag("tie_word_embeddings")?.unwrap_or(false);
    let causal = family.causal_without_mask && !has_mask && is_language_model(config);
    let spec = ModelSpec {
        architecture: family.model_type.to_owned(),
        hidden,
        layers: config.size("num_hidden_layers")?,
        query_heads,
        key_heads: key_heads.unwrap_or(query_heads),
        head_dim: head_dim.unwrap_or(hidden / query_heads),
        ffn: config.size("intermediate_size")?,
        vocabulary: config.size("vocab_size")?,
        context: config.size("max_position_embeddings")?,
        eps: config.number("rms_norm_eps", 1e-6)? as f32,
        rope_theta: rope_theta(config)?,
        qk_norm: has_tensor(&layer_tensor(0, "self_attn.q_norm.weight")),
        qkv_bias: has_tensor(&layer_tensor(0, "self_attn.q_proj.bias")),
        // Some checkpoints are tied and store the head all the same: the flag decides.
        tied_head: tied || !has_tensor("lm_head.weight"),
        attention: attention(config, causal)?,
        shift: if causal {
            LogitShift::Next
        } else {
            shift(config, family)?
        },
        stat_space: family.stat_space,
        mask_id: config.ids("mask_token_id")?.first().copied(),
        stop_ids: config.ids("eos_token_id")?,
        pad_id: config.ids("pad_token_id")?.first().copied(),
    };
    check_shapes(&spec)?;
    Ok(spec)
}

/// Whether the checkpoint calls itself an ordinary language model.
fn is_language_model(config: &Config) -> bool {
    let classes = config.get("architectures").and_then(|list| list.as_array());
    let class = classes.and_then(|list| list.first()?.as_str());
    class.is_some_and(|class| class.ends_with("ForCausalLM"))
}

/// Blocks where the configuration gives their size (SDAR, Fast-dLLM v2).
fn attention(config: &Config, causal: bool) -> Result<Attention> {
    if causal {
        return Ok(Attention::Causal);
    }
    let block = match config.optional_size("block_size")? {
        Some(block) => Some(block),
        None => config.optional_size("bd_size")?,
    };
    Ok(block.map_or(Attention::Full, |block| {
        Attention::BlockCausal(block as u32)
    }))
}

/// A checkpoint may say it itself; else its family decides.
fn shift(config: &Config, family: Family) -> Result<LogitShift> {
    Ok(match config.flag("shift_logits")? {
        Some(true) => LogitShift::Next,
        Some(false) => LogitShift::None,
        None => family.shift,
    })
}

/// Newer configurations keep the base under `rope_parameters`.
fn rope_theta(config: &Config) -> Result<f64> {
    const USUAL: f64 = 10_000.0;
    match config.get("rope_parameters") {
        Some(nested) => Config::new(nested.clone())?.number("rope_theta", USUAL),
        None => config.number("rope_theta", USUAL),
    }
}

fn refuse<T>(what: &str) -> Result<T> {
    Err(Error::unsupported(format!(
        "{what} is not supported for the Llama/Qwen family"
    )))
}

fn refuse_options(config: &Config) -> Result<()> {
    for name in ["rope_scaling", "rope_parameters"] {
        let Some(scaling) = config.get(name) else {
            continue;
        };
        let kind = scaling.get("rope_type").or_else(|| scaling.get("type"));
        let kind = kind.and_then(|kind| kind.as_str()).unwrap_or("default");
        if kind != "default" {
            return refuse(&format!("rotary scaling \"{kind}\""));
        }
    }
    if let Some(act) = config.text("hidden_act").filter(|act| *act != "silu") {
        return refuse(&format!("activation \"{act}\""));
    }
    if config.flag("use_sliding_window")?.unwrap_or(false) {
        return refuse("sliding-window attention");
    }
    Ok(())
}

fn refuse_biases(has_tensor: &dyn Fn(&str) -> bool) -> Result<()> {
    for name in [
        "self_attn.o_proj.bias",
        "mlp.gate_proj.bias",
        "mlp.down_proj.bias",
    ] {
        if has_tensor(&layer_tensor(0, name)) {
            return refuse(&format!("the bias \"{name}\""));
        }
    }
    Ok(())
}

fn check_shapes(spec: &ModelSpec) -> Result<()> {
    let ModelSpec {
        query_heads,
        key_heads,
        head_dim,
        ..
    } = *spec;
    if !query_heads.is_multiple_of(key_heads) {
        return refuse(&format!(
            "dividing {query_heads} query heads among {key_heads} key heads"
        ));
    }
    if head_dim % 2 == 1 || head_dim == 0 || head_dim > MAX_HEAD_DIM as usize {
        return refuse(&format!(
            "a head dimension of {head_dim} (even and at most {MAX_HEAD_DIM} is)"
        ));
    }
    for (name, size) in [
        ("hidden_size", spec.hidden),
        ("intermediate_size", spec.ffn),
        ("an attention width", query_heads * head_dim),
    ] {
        if !size.is_multiple_of(4) {
            return refuse(&format!("{name} of {size} (a multiple of 4 is)"));
        }
    }
    Ok(())
}
