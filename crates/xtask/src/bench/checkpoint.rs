//! A checkpoint of random weights: speed does not depend on what they are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::repository;

const CONTEXT: usize = 4096;

/// Sizes of a layer.
#[derive(Clone, Copy)]
pub struct Widths {
    /// Numbers of a row.
    pub hidden: usize,
    /// Numbers of a row inside the feed-forward network.
    pub inner: usize,
    /// Query heads.
    pub heads: usize,
    /// Key heads.
    pub key_heads: usize,
    /// Numbers of a head.
    pub head_dim: usize,
}

/// Of the races, which are small so that every engine of a browser is done soon.
pub const NARROW: Widths = Widths {
    hidden: 512,
    inner: 1408,
    heads: 8,
    key_heads: 8,
    head_dim: 64,
};

/// Who sees whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    /// All rows see all.
    Full,
    /// Rows see their block of so many positions and the blocks before.
    Blocks(u32),
}

/// What models differ in.
#[derive(Clone)]
pub struct Design {
    /// Of the folder.
    pub name: String,
    /// Who sees whom.
    pub attention: Attention,
    /// Sizes of a layer.
    pub widths: Widths,
    /// Layers.
    pub layers: usize,
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Whether the head is the embedding.
    pub tied: bool,
}

/// The folder of the model under `parent`, made if it is not there.
///
/// # Errors
/// When the files cannot be written.
pub fn make(parent: &Path, design: &Design) -> Result<PathBuf> {
    let folder = parent.join(&design.name);
    if folder.join("config.json").exists() {
        return Ok(folder);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        fs::copy(
            repository::path("models/tiny").join(name),
            folder.join(name),
        )?;
    }
    fs::write(folder.join("model.safetensors"), weights(&tensors(design)))?;
    // Last, because it says that the others are complete.
    fs::write(folder.join("config.json"), config(design).to_string())?;
    Ok(folder)
}

fn config(design: &Design) -> Value {
    let widths = design.widths;
    let mut config = json!({
        "model_type": "llama", "hidden_size": widths.hidden, "intermediate_size": widths.inner,
        "num_hidden_layers": design.layers, "num_attention_heads": widths.heads,
        "num_key_value_heads": widths.key_heads, "head_dim": widths.head_dim, "vocab_size": design.vocabulary, "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": design.tied, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
        "hidden_act": "silu", "mask_token_id": 1, "eos_token_id": 0,
    });
    if let Attention::Blocks(size) = design.attention {
        config["block_size"] = size.into();
    }
    config
}

/// Names and shapes, in the layout of Llama.
fn tensors(design: &Design) -> Vec<(String, Vec<usize>)> {
    let Widths {
        hidden,
        inner,
        heads,
        key_heads,
        head_dim,
    } = design.widths;
    let table = vec![design.vocabulary, hidden];
    let mut tensors = vec![("model.embed_tokens.weight".into(), table.clone())];
    for layer in 0..design.layers {
        let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
        let attended = heads * head_dim;
        for (part, heads) in [
            ("q_proj", heads),
            ("k_proj", key_heads),
            ("v_proj", key_heads),
        ] {
            let shape = vec![heads * head_dim, hidden];
            tensors.push((name(&format!("self_attn.{part}")), shape));
        }
        tensors.push((name("self_attn.o_proj"), vec![hidden, attended]));
        tensors.push((name("mlp.gate_proj"), vec![inner, hidden]));
        tensors.push((name("mlp.up_proj"), vec![inner, hidden]));
        tensors.push((name("mlp.down_proj"), vec![hidden, inner]));
        tensors.push((name("input_layernorm"), vec![hidden]));
        tensors.push((name("post_attention_layernorm"), vec![hidden]));
    }
    tensors.push(("model.norm.weight".into(), vec![hidden]));
    if !design.tied {
        tensors.push(("lm_head.weight".into(), table));
    }
    tensors
}

/// A safetensors file of bf16: matrices of small random numbers, norms of ones.
fn weights(tensors: &[(String, Vec<usize>)]) -> Vec<u8> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for (name, shape) in tensors {
        let begin = data.len();
        let scale = (shape.last().copied().unwrap_or(1) as f32).powf(-0.5);
        for _ in 0..shape.iter().product() {
            let value = match shape.len() {
                1 => 1.0,
                _ => scale * 3.4 * next(&mut state),
            };
            data.extend(((value.to_bits() >> 16) as u16).to_le_bytes());
        }
        let entry = json!({"dtype": "BF16", "shape": shape, "data_offsets": [begin, data.len()]});
        header.insert(name.clone(), entry);
    }
    let header = Value::Object(header).to_string();
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &data].concat()
}

/// The next number in -0.5..0.5 (xorshift).
fn next(state: &mut u64) -> f32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 40) as f32 / (1 << 24) as f32 - 0.5
}

#[cfg(test)]
mod tests {
    use super::{Attention, Design, NARROW, next, tensors, weights};

    #[test]
    fn the_file_is_as_long_as_its_header_says() {
        let design = Design {
            name: "test".into(),
            attention: Attention::Full,
            widths: NARROW,
            layers: 1,
            vocabulary: 16,
            tied: false,
        };
        let some = &tensors(&design);
        let file = weights(some);
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let header: serde_json::Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
        let ends = some
            .iter()
            .map(|(name, _)| header[name]["data_offsets"][1].as_u64());
        assert_eq!(ends.max().flatten(), Some((file.len() - 8 - length) as u64));
    }

    #[test]
    fn numbers_are_centred() {
        let mut state = 1;
        let values: Vec<f32> = (0..4000).map(|_| next(&mut state)).collect();
        assert!(values.iter().all(|value| value.abs() <= 0.5));
        assert!((values.iter().sum::<f32>() / 4000.0).abs() < 0.02);
    }
}
