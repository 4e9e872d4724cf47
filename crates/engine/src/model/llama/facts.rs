//! Reads the facts of a Llama/Qwen checkpoint and refuses what would silently change the numbers.

use super::dialect::{Dialect, Fields, Qkv};
use super::{mixture, of_layer};
use crate::error::{Error, Result};
use crate::model::config::Config;
use crate::model::folder::{Folder, Sizes};
use crate::model::positions::{Positions, read_rotary};
use crate::model::registry::Family;
use crate::model::spec::ModelSpec;

/// The checkpoint's facts.
///
/// # Errors
/// `unsupported_model` for an option of the family that is not supported; `bad_file` for a field
/// that is missing or of the wrong kind.
pub fn read(folder: &Folder, family: &Family, dialect: &Dialect) -> Result<ModelSpec> {
    folder.settle(family.name, dialect.settled)?;
    refuse_biases(folder, dialect)?;
    refuse_windows(folder)?;
    let config = folder.config;
    let holds = |name: &str| !name.is_empty() && (folder.has_tensor)(&of_layer(name, 0));
    let (query, gain) = match &dialect.names.qkv {
        Qkv::Separate { stems, gains } => (stems[0], gains[0]),
        Qkv::Fused { gains, .. } => ("", gains[0]),
        Qkv::Grouped(_) => ("", ""),
    };
    let tied = config.flag(dialect.fields.tied)?.unwrap_or(false);
    let key_heads = config.optional_size(dialect.fields.key_heads)?;
    let head_dim = config.optional_size("head_dim")?;
    let mut rotary = read_rotary(config)?;
    rotary.bf16_table = dialect.lit_gpt;
    if !matches!(dialect.names.qkv, Qkv::Fused { .. }) && rotary.portion != 1.0 {
        return Err(Error::unsupported(format!(
            "{} with \"partial_rotary_factor\": {} is not supported; only 1 is",
            family.name, rotary.portion
        )));
    }
    let base = folder.spec(family, sizes(config, &dialect.fields)?)?;
    let experts = dialect.mixture;
    let experts = experts.map(|mixture| mixture::read(folder, mixture, base.layers));
    let behind = dialect.lit_gpt.then_some(base.vocabulary as u32);
    Ok(ModelSpec {
        key_heads: key_heads.unwrap_or(base.query_heads),
        head_dim: head_dim.unwrap_or(base.head_dim),
        embedded: base.vocabulary + usize::from(dialect.lit_gpt),
        positions: Positions::Rotary(rotary),
        experts: experts.transpose()?,
        qk_norm: holds(gain),
        qkv_bias: holds(&format!("{query}.bias")),
        // Some checkpoints are tied and store the head all the same: the flag decides.
        tied_head: tied || !holds(dialect.names.head),
        mask_id: base.mask_id.or(behind),
        ..base
    })
}

fn sizes(config: &Config, fields: &Fields) -> Result<Sizes> {
    Ok(Sizes {
        hidden: config.size(fields.hidden)?,
        layers: config.count(fields.layers)?,
        heads: config.count(fields.query_heads)?,
        ffn: config.size(fields.ffn)?,
        vocabulary: match config.optional_size(fields.vocabulary)? {
            Some(size) => size,
            None => config.size("vocab_size")?,
        },
        context: config.size(fields.context)?,
        eps: config.number(fields.eps.0, fields.eps.1)?,
    })
}

/// Newer configurations list what each layer sees.
fn refuse_windows(folder: &Folder) -> Result<()> {
    let types = folder.config.get("layer_types").and_then(|t| t.as_array());
    match types
        .into_iter()
        .flatten()
        .find(|kind| *kind != "full_attention")
    {
        None => Ok(()),
        Some(kind) => Err(Error::unsupported(format!(
            "a layer of kind {kind} in \"layer_types\" is not supported for the Llama/Qwen family; \
             \"full_attention\" is"
        ))),
    }
}

fn refuse_biases(folder: &Folder, dialect: &Dialect) -> Result<()> {
    let names = &dialect.names;
    for name in [names.output, names.gate, names.down] {
        let bias = of_layer(name, 0).replace(".weight", ".bias");
        if (folder.has_tensor)(&bias) {
            return Err(Error::unsupported(format!(
                "the bias \"{bias}\" is not supported for the Llama/Qwen family"
            )));
        }
    }
    Ok(())
}
