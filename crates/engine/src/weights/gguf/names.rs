//! From llama.cpp's tensor names to those of the checkpoint that was converted.

use std::collections::BTreeMap;

use super::config::{self, Architecture};
use super::metadata::Metadata;
use crate::weights::tensor_info::{RowOrder, TensorInfo};
use crate::{Error, Result};

/// How a family's checkpoints call what llama.cpp calls otherwise.
struct Naming {
    /// Outside the layers: llama.cpp's name, the checkpoint's.
    global: &'static [(&'static str, &'static str)],
    /// In front of a layer's number in the checkpoint.
    layer: &'static str,
    /// In a layer, without ".weight" or ".bias".
    local: &'static [(&'static str, &'static str)],
}

/// Hugging Face's names of the Llama/Qwen block.
const LLAMA: Naming = Naming {
    global: &[
        ("token_embd", "model.embed_tokens"),
        ("output_norm", "model.norm"),
        ("output", "lm_head"),
    ],
    layer: "model.layers",
    local: &[
        ("attn_norm", "input_layernorm"),
        ("attn_q", "self_attn.q_proj"),
        ("attn_k", "self_attn.k_proj"),
        ("attn_v", "self_attn.v_proj"),
        ("attn_output", "self_attn.o_proj"),
        ("attn_q_norm", "self_attn.q_norm"),
        ("attn_k_norm", "self_attn.k_norm"),
        ("ffn_norm", "post_attention_layernorm"),
        ("ffn_gate", "mlp.gate_proj"),
        ("ffn_up", "mlp.up_proj"),
        ("ffn_down", "mlp.down_proj"),
    ],
};

/// OLMo's names, which LLaDA has.
const LLADA: Naming = Naming {
    global: &[
        ("token_embd", "model.transformer.wte"),
        ("output_norm", "model.transformer.ln_f"),
        ("output", "model.transformer.ff_out"),
    ],
    layer: "model.transformer.blocks",
    local: &[
        ("attn_norm", "attn_norm"),
        ("attn_q", "q_proj"),
        ("attn_k", "k_proj"),
        ("attn_v", "v_proj"),
        ("attn_output", "attn_out"),
        ("ffn_norm", "ff_norm"),
        ("ffn_gate", "ff_proj"),
        ("ffn_up", "up_proj"),
        ("ffn_down", "ff_out"),
    ],
};

impl Naming {
    fn of(architecture: Architecture) -> &'static Self {
        match architecture {
            Architecture::Llada => &LLADA,
            Architecture::Llama
            | Architecture::Qwen2
            | Architecture::Qwen3
            | Architecture::Dream => &LLAMA,
        }
    }

    /// The checkpoint's name of `name`; `None` for one that llama.cpp does not have.
    fn checkpoint_name(&self, name: &str) -> Option<String> {
        let (stem, kind) = name.rsplit_once('.')?;
        if let Some((_, own)) = self.global.iter().find(|(theirs, _)| *theirs == stem) {
            return Some(format!("{own}.{kind}"));
        }
        let (layer, role) = stem.strip_prefix("blk.")?.split_once('.')?;
        let layer: u32 = layer.parse().ok()?;
        let (_, own) = self.local.iter().find(|(theirs, _)| *theirs == role)?;
        Some(format!("{}.{layer}.{own}.{kind}", self.layer))
    }
}

/// The tensors under the names that the checkpoint had, with the row order that llama.cpp gave
/// them. Names it does not know stay.
///
/// # Errors
/// `bad_file` when two tensors get one name, or a permuted tensor does not divide into heads.
pub(super) fn checkpoint_names(
    file: &str,
    metadata: &Metadata,
    tensors: BTreeMap<String, TensorInfo>,
) -> Result<BTreeMap<String, TensorInfo>> {
    let Some(architecture) = config::architecture(metadata) else {
        return Ok(tensors);
    };
    let naming = Naming::of(architecture);
    let mut renamed = BTreeMap::new();
    for (theirs, mut info) in tensors {
        if architecture.is_interleaved() {
            info.order = row_order(metadata, &info)?;
        }
        let own = naming.checkpoint_name(&theirs).unwrap_or(theirs);
        info.name.clone_from(&own);
        if renamed.insert(own.clone(), info).is_some() {
            return Err(Error::bad_file(format!("{file} has two tensors {own:?}")));
        }
    }
    Ok(renamed)
}

/// llama.cpp interleaves the rows of queries and keys where its network turns neighbouring pairs.
fn row_order(metadata: &Metadata, info: &TensorInfo) -> Result<RowOrder> {
    let key = match info.name.split('.').nth(2) {
        Some("attn_q") => "attention.head_count",
        Some("attn_k") => "attention.head_count_kv",
        _ => return Ok(RowOrder::Plain),
    };
    // A model without grouped queries need not name the number of key heads.
    let heads = match config::size(metadata, key)? {
        None => config::size(metadata, "attention.head_count")?,
        heads => heads,
    };
    let rows = match info.shape.as_slice() {
        [rows] | [rows, _] => *rows as u64,
        _ => 0,
    };
    match heads {
        Some(heads) if heads > 0 && rows > 0 && rows.is_multiple_of(2 * heads) => {
            Ok(RowOrder::Interleaved((rows / heads) as usize))
        }
        _ => Err(Error::bad_file(format!(
            "{}: the {rows} rows of tensor {:?} do not divide into {} heads of an even size",
            info.file,
            info.name,
            heads.unwrap_or(0)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_checkpoints() {
        for (architecture, theirs, own) in [
            (
                Architecture::Qwen3,
                "token_embd.weight",
                "model.embed_tokens.weight",
            ),
            (
                Architecture::Llama,
                "blk.11.ffn_gate.weight",
                "model.layers.11.mlp.gate_proj.weight",
            ),
            (
                Architecture::Qwen2,
                "blk.0.attn_k.bias",
                "model.layers.0.self_attn.k_proj.bias",
            ),
            (
                Architecture::Llada,
                "output.weight",
                "model.transformer.ff_out.weight",
            ),
            (
                Architecture::Llada,
                "blk.3.ffn_down.weight",
                "model.transformer.blocks.3.ff_out.weight",
            ),
        ] {
            let found = Naming::of(architecture).checkpoint_name(theirs);
            assert_eq!(found.as_deref(), Some(own));
        }
        for unknown in [
            "rope_freqs.weight",
            "blk.x.attn_q.weight",
            "blk.1.attn_qkv.weight",
            "output",
        ] {
            assert_eq!(LLAMA.checkpoint_name(unknown), None, "{unknown}");
        }
    }
}
