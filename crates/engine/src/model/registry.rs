//! Which architecture a checkpoint is: the table of families, and what is refused by name.

use super::Architecture;
use super::config::Config;
use super::llama::Llama;
use super::spec::{LogitShift, StatSpace};
use crate::error::{Error, Result};

/// What a family does that its `config.json` does not say.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// `model_type` in `config.json`.
    pub model_type: &'static str,
    /// Which position a row predicts.
    pub shift: LogitShift,
    /// Where confidence is measured.
    pub stat_space: StatSpace,
    /// A checkpoint that calls itself a language model and names no mask token is one: causal.
    pub causal_without_mask: bool,
}

const fn family(model_type: &'static str, shift: LogitShift, stat_space: StatSpace) -> Family {
    Family {
        model_type,
        shift,
        stat_space,
        causal_without_mask: false,
    }
}

/// A family of language models that diffusion models were made from under the same name.
const fn host(model_type: &'static str) -> Family {
    Family {
        causal_without_mask: true,
        ..family(model_type, LogitShift::None, StatSpace::Raw)
    }
}

/// The families whose network is the Llama/Qwen block.
const FAMILIES: &[Family] = &[
    host("llama"),
    host("qwen2"),
    host("qwen3"),
    family("a2d-llama", LogitShift::None, StatSpace::Raw),
    family("a2d-qwen2", LogitShift::None, StatSpace::Raw),
    family("a2d-qwen3", LogitShift::None, StatSpace::Raw),
    family("Dream", LogitShift::Next, StatSpace::Tempered),
];

/// The supported `model_type`s.
#[must_use]
pub fn supported_families() -> Vec<&'static str> {
    FAMILIES.iter().map(|family| family.model_type).collect()
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
    let Some(model_type) = config.text("model_type") else {
        return Err(Error::unsupported(
            "config.json has no \"model_type\"; a Hugging Face folder of the Llama/Qwen family \
             is expected",
        ));
    };
    let Some(family) = FAMILIES.iter().find(|f| f.model_type == model_type) else {
        return Err(Error::unsupported(format!(
            "architecture \"{model_type}\" is not supported; supported are {}",
            supported_families().join(", ")
        )));
    };
    Ok(Box::new(Llama::new(config, *family, has_tensor, has_mask)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;
    use crate::model::Attention;
    use serde_json::json;

    fn qwen3() -> serde_json::Value {
        json!({
            "model_type": "qwen3", "hidden_size": 64, "intermediate_size": 128,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
            "head_dim": 32, "vocab_size": 100, "max_position_embeddings": 128
        })
    }

    fn refusal(config: serde_json::Value) -> Error {
        let config = Config::new(config).unwrap();
        match detect(&config, &|_| false, true) {
            Ok(_) => panic!("accepted"),
            Err(error) => error,
        }
    }

    #[test]
    fn an_unknown_family_is_refused_by_name() {
        assert!(
            refusal(json!({"model_type": "mamba"}))
                .message
                .contains("mamba")
        );
        assert!(refusal(json!({})).message.contains("model_type"));
    }

    #[test]
    fn options_that_would_change_the_numbers_are_refused() {
        for (field, value) in [
            ("hidden_act", json!("gelu")),
            ("use_sliding_window", json!(true)),
            ("rope_scaling", json!({"rope_type": "yarn", "factor": 4.0})),
            ("num_key_value_heads", json!(3)),
            ("head_dim", json!(33)),
            ("head_dim", json!(512)),
            ("intermediate_size", json!(130)),
        ] {
            let mut config = qwen3();
            config[field] = value;
            let error = refusal(config);
            assert_eq!(error.code, ErrorCode::UnsupportedModel, "{field}: {error}");
        }
    }

    #[test]
    fn facts_come_from_the_checkpoint() {
        let config = Config::new(qwen3()).unwrap();
        let holds = |name: &str| name.contains("q_norm") || name == "lm_head.weight";
        let model = detect(&config, &holds, true).unwrap();
        let spec = model.spec();
        assert!(spec.qk_norm && !spec.qkv_bias && !spec.tied_head);
        assert_eq!(spec.shift, LogitShift::None);
        let mut dream = qwen3();
        dream["model_type"] = json!("Dream");
        let model = detect(&Config::new(dream).unwrap(), &|_| false, true).unwrap();
        assert_eq!(model.spec().shift, LogitShift::Next);
        assert!(
            model.spec().tied_head,
            "without a stored head the embedding serves"
        );
    }

    #[test]
    fn attention_follows_from_the_mask_token_and_the_block_size() {
        let spec = |config: &serde_json::Value, has_mask| {
            let config = Config::new(config.clone()).unwrap();
            let model = detect(&config, &|_| false, has_mask).unwrap();
            (model.spec().attention, model.spec().shift)
        };
        let mut config = qwen3();
        config["architectures"] = json!(["Qwen3ForCausalLM"]);
        assert_eq!(spec(&config, true), (Attention::Full, LogitShift::None));
        assert_eq!(spec(&config, false), (Attention::Causal, LogitShift::Next));
        config["block_size"] = json!(8);
        let blocks = (Attention::BlockCausal(8), LogitShift::None);
        assert_eq!(spec(&config, true), blocks);
    }
}
