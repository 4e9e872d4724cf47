use serde_json::json;

use super::*;
use crate::ErrorCode;
use crate::model::{Attention, ModelSpec};

fn qwen3() -> serde_json::Value {
    json!({
        "model_type": "qwen3", "hidden_size": 64, "intermediate_size": 128,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 32, "vocab_size": 100, "max_position_embeddings": 128
    })
}

/// [`qwen3`] with other fields.
fn with(fields: &[(&str, serde_json::Value)]) -> serde_json::Value {
    let mut config = qwen3();
    for (name, value) in fields {
        config[*name] = value.clone();
    }
    config
}

fn found(config: serde_json::Value, tensors: &[&str], has_mask: bool) -> Result<ModelSpec> {
    let config = Config::new(config).unwrap();
    let holds = |name: &str| tensors.iter().any(|part| name.ends_with(part));
    detect(&config, &holds, has_mask).map(|model| model.spec().clone())
}

fn refusal(config: serde_json::Value) -> Error {
    found(config, &[], true).expect_err("accepted")
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
fn a_known_family_is_refused_with_its_reason() {
    for (config, name, instead) in [
        (json!({"model_type": "qwen2_moe"}), "Qwen2-MoE", "Qwen3-MoE"),
        (
            json!({"graph": {"type": "uniform"}, "model": {}}),
            "SEDD",
            "sedd-small",
        ),
        (
            json!({"model_type": "qwen3", "dflash_config": {}}),
            "DFlash",
            "alone",
        ),
    ] {
        let error = refusal(config);
        assert_eq!(error.code, ErrorCode::UnsupportedModel);
        assert!(error.message.contains(name), "{error}");
        assert!(error.message.contains(instead), "{error}");
    }
}

#[test]
fn options_that_would_change_the_numbers_are_refused() {
    for (field, value) in [
        ("hidden_act", json!("gelu")),
        (
            "layer_types",
            json!(["full_attention", "sliding_attention"]),
        ),
        ("use_sliding_window", json!(true)),
        (
            "rope_scaling",
            json!({"rope_type": "dynamic", "factor": 4.0}),
        ),
        ("num_key_value_heads", json!(3)),
        ("head_dim", json!(33)),
        ("head_dim", json!(512)),
        ("intermediate_size", json!(130)),
    ] {
        let error = refusal(with(&[(field, value)]));
        assert_eq!(error.code, ErrorCode::UnsupportedModel, "{field}: {error}");
    }
}

#[test]
fn facts_come_from_the_checkpoint() {
    let spec = found(qwen3(), &["q_norm.weight", "lm_head.weight"], true).unwrap();
    assert!(spec.qk_norm && !spec.qkv_bias && !spec.tied_head);
    assert_eq!(spec.shift, LogitShift::None);
    let dream = with(&[("model_type", json!("Dream"))]);
    let spec = found(dream, &[], true).unwrap();
    assert_eq!(spec.shift, LogitShift::Next);
    assert!(spec.tied_head, "without a stored head the embedding serves");
}

#[test]
fn attention_follows_from_the_mask_token_and_the_block_size() {
    let conventions = |fields: &[(&str, serde_json::Value)], has_mask| {
        let spec = found(with(fields), &[], has_mask).unwrap();
        (spec.attention, spec.shift)
    };
    let language_model = ("architectures", json!(["Qwen3ForCausalLM"]));
    let full = (Attention::Full, LogitShift::None);
    let blocks = |size| (Attention::BlockCausal(size), LogitShift::None);
    let plain = std::slice::from_ref(&language_model);
    assert_eq!(conventions(plain, true), full);
    assert_eq!(
        conventions(plain, false),
        (Attention::Causal, LogitShift::Next)
    );
    let blocked = [language_model, ("block_size", json!(8))];
    assert_eq!(conventions(&blocked, true), blocks(8));
    let a2d = ("model_type", json!("a2d-qwen3"));
    let name = |name: &str| ("_name_or_path", json!(name));
    let mdlm = "dllm-hub/Qwen3-0.6B-diffusion-mdlm-v0.1";
    let bd3lm = "dllm-hub/Qwen3-0.6B-diffusion-bd3lm-v0.1";
    assert_eq!(conventions(&[a2d.clone(), name(mdlm)], true), full);
    assert_eq!(conventions(&[a2d, name(bd3lm)], true), blocks(32));
    let sdar = ("model_type", json!("sdar"));
    assert_eq!(conventions(std::slice::from_ref(&sdar), true), blocks(4));
    assert_eq!(
        conventions(&[sdar, ("block_size", json!(16))], true),
        blocks(16)
    );
    let shifted = ("shift_logits", json!(true));
    assert_eq!(conventions(&[shifted], true).1, LogitShift::Next);
}

#[test]
fn old_checkpoints_of_bert_call_their_norms_otherwise() {
    let config = json!({
        "model_type": "bert", "hidden_size": 64, "intermediate_size": 96, "vocab_size": 100,
        "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128
    });
    let config = Config::new(config).unwrap();
    for (tensor, spelling) in [("LayerNorm.gamma", "beta"), ("LayerNorm.weight", "bias")] {
        let holds = |name: &str| name.ends_with(tensor);
        let model = detect(&config, &holds, true).unwrap();
        let parameters = model.parameters();
        let names = parameters.iter().flat_map(|p| p.tensors());
        let norms: Vec<&str> = names.filter(|name| name.contains("LayerNorm")).collect();
        // Embedding, twice a layer, head; a gain and an offset each.
        assert_eq!(norms.len(), 2 * (1 + 2 * 2 + 1));
        let ends = |name: &&&str| name.ends_with(spelling);
        assert_eq!(
            norms.iter().filter(ends).count(),
            norms.len() / 2,
            "{norms:?}"
        );
    }
}

#[test]
fn padding_ends_what_modern_bert_writes() {
    let config = json!({
        "model_type": "modernbert", "hidden_size": 64, "intermediate_size": 96,
        "num_hidden_layers": 5, "num_attention_heads": 4, "vocab_size": 100,
        "max_position_embeddings": 128, "eos_token_id": 2, "pad_token_id": 3,
        "local_attention": 128
    });
    let spec = found(config.clone(), &[], true).unwrap();
    assert_eq!(spec.stop_ids, [2, 3]);
    let local = spec.local.unwrap();
    assert_eq!((local.reach, local.every, local.theta), (64, 3, 10_000.0));
    let kinds = |kinds: &[&str]| {
        let mut config = config.clone();
        config["layer_types"] = json!(kinds);
        found(config, &[], true).map(|spec| spec.local.unwrap().every)
    };
    let (all, near) = ("full_attention", "sliding_attention");
    assert_eq!(kinds(&[all, near, all, near, all]), Ok(2));
    assert_eq!(kinds(&[all, near, near, near, near]), Ok(5));
    assert!(kinds(&[near, all, near, all, near]).is_err());
    assert!(kinds(&[all, near, all, near]).is_err());
}

#[test]
fn families_of_one_model_type_are_told_apart() {
    let family = |model_type: &str, tensors: &[&str], has_mask| {
        let fields = [
            ("model_type", json!(model_type)),
            ("architectures", json!(["SomeForCausalLM"])),
        ];
        found(with(&fields), tensors, has_mask).unwrap().family
    };
    assert_eq!(family("qwen2", &[], true), "Open-dCoder");
    assert_eq!(family("qwen2", &[], false), "Qwen2");
    assert_eq!(
        family("llama", &["denoise_model.norm.weight"], true),
        "DiffuLLaMA"
    );
    assert_eq!(family("llama", &[], false), "Llama");
}
