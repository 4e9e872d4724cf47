//! What is known of a checkpoint before its weights are read.

use super::config::Config;
use super::positions::{Positions, Rotary};
use super::registry::Family;
use super::spec::{Attention, LogitShift, ModelSpec};
use crate::error::{Error, Result};

/// A checkpoint folder as the registry sees it.
#[derive(Clone, Copy)]
pub struct Folder<'a> {
    /// `config.json`.
    pub config: &'a Config,
    /// Whether it holds a tensor of that name.
    pub has_tensor: &'a dyn Fn(&str) -> bool,
    /// Whether its configuration or its tokenizer's names a mask token.
    pub has_mask: bool,
}

/// The sizes of a network.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Numbers of a hidden state.
    pub hidden: usize,
    /// Transformer layers.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Inner size of the feed-forward network.
    pub ffn: usize,
    /// Rows of embedding and head.
    pub vocabulary: usize,
    /// Longest sequence.
    pub context: usize,
    /// Added to mean squares in norms.
    pub eps: f64,
}

/// A sign that tells families of the same `model_type` apart.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    /// None is needed.
    Any,
    /// It calls itself a language model and names no mask token.
    Autoregressive,
    /// It holds this tensor.
    Tensor(&'static str),
    /// The class that wrote it starts with this.
    Class(&'static str),
    /// This field is in its configuration.
    Field(&'static str),
}

/// How a family's attention is blocked.
#[derive(Clone, Copy, Debug)]
pub enum Blocks {
    /// Never, whatever fields of such a name mean.
    Never,
    /// Where the configuration gives a size (`block_size`, `bd_size`), or where the checkpoint's
    /// own name (`_name_or_path`) holds the word, by so many.
    Stated(&'static str, u32),
    /// By this many where the configuration gives no size.
    Always(u32),
    /// Every position is its own block: an autoregressive model.
    Single,
}

impl Folder<'_> {
    /// `model_type`; some older checkpoints have none.
    pub fn model_type(&self) -> &str {
        self.config.text("model_type").unwrap_or_default()
    }

    /// Whether the folder shows the sign.
    pub fn shows(&self, sign: Sign) -> bool {
        match sign {
            Sign::Any => true,
            Sign::Autoregressive => {
                let class = self.config.class().unwrap_or_default();
                // GPT-2's class is older than the custom.
                let speaks = class.ends_with("ForCausalLM") || class == "GPT2LMHeadModel";
                speaks && !self.has_mask
            }
            Sign::Tensor(name) => (self.has_tensor)(name),
            Sign::Class(start) => self.config.class().is_some_and(|c| c.starts_with(start)),
            Sign::Field(name) => self.config.get(name).is_some(),
        }
    }

    /// The facts of a network of these sizes by the family's conventions: as many key heads as query
    /// heads, which share the hidden state; plain rotary angles; no biases; a head of its own. A
    /// family's reader changes what is otherwise.
    ///
    /// # Errors
    /// `bad_file` for a field of the wrong kind.
    pub fn spec(&self, family: &Family, sizes: Sizes) -> Result<ModelSpec> {
        let config = self.config;
        Ok(ModelSpec {
            family: family.name,
            architecture: family.model_type.to_owned(),
            hidden: sizes.hidden,
            layers: sizes.layers,
            query_heads: sizes.heads,
            key_heads: sizes.heads,
            head_dim: sizes.hidden / sizes.heads,
            ffn: sizes.ffn,
            experts: None,
            embedded: sizes.vocabulary,
            vocabulary: sizes.vocabulary,
            context: sizes.context,
            eps: sizes.eps as f32,
            positions: Positions::Rotary(Rotary::plain(10_000.0)),
            local: None,
            qk_norm: false,
            qkv_bias: false,
            tied_head: false,
            attention: self.attention(family)?,
            shift: self.shift(family)?,
            masks_last: family.masks_last,
            tri_mode: family.tri_mode,
            stat_space: family.stat_space,
            noise_steps: None,
            mask_id: config.ids("mask_token_id")?.first().copied(),
            stop_ids: config.ids("eos_token_id")?,
            pad_id: config.ids("pad_token_id")?.first().copied(),
        })
    }

    /// Which rows a row sees.
    ///
    /// # Errors
    /// `bad_file` for a block size that is no size.
    pub fn attention(&self, family: &Family) -> Result<Attention> {
        let blocks = |size: Option<usize>| match size {
            Some(size) => Attention::BlockCausal(size as u32),
            None => Attention::Full,
        };
        Ok(match family.blocks {
            Blocks::Never => Attention::Full,
            Blocks::Single => Attention::Causal,
            Blocks::Always(usual) => blocks(self.block_size()?.or(Some(usual as usize))),
            Blocks::Stated(word, size) => {
                let named = self.config.text("_name_or_path").unwrap_or_default();
                let hinted = !word.is_empty() && named.contains(word);
                blocks(self.block_size()?.or(hinted.then_some(size as usize)))
            }
        })
    }

    fn block_size(&self) -> Result<Option<usize>> {
        match self.config.optional_size("block_size")? {
            Some(size) => Ok(Some(size)),
            None => self.config.optional_size("bd_size"),
        }
    }

    /// Which position a row predicts: a checkpoint may say it itself (`shift_logits`), else its
    /// family decides.
    ///
    /// # Errors
    /// `bad_file` when the field is no flag.
    pub fn shift(&self, family: &Family) -> Result<LogitShift> {
        Ok(match self.config.flag("shift_logits")? {
            Some(true) => LogitShift::Next,
            Some(false) => LogitShift::None,
            None => family.shift,
        })
    }

    /// Refuses options that would silently change the numbers: each of `settled` is a field and
    /// the JSON that it must hold where it is given.
    ///
    /// # Errors
    /// `unsupported_model` naming the field.
    pub fn settle(&self, family: &str, settled: &[(&str, &str)]) -> Result<()> {
        for (name, only) in settled {
            let Some(value) = self.config.get(name) else {
                continue;
            };
            let value = value.to_string();
            if value != *only {
                return Err(Error::unsupported(format!(
                    "{family} with \"{name}\": {value} is not supported; only {only} is"
                )));
            }
        }
        Ok(())
    }
}
