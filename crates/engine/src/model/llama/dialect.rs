//! What families call the same things: fields of `config.json` and tensors.

use super::mixture::{self, Mixture};

/// Names of one family; in tensor names `{}` stands for the layer.
pub struct Dialect {
    /// Fields of `config.json`.
    pub fields: Fields,
    /// Tensors.
    pub names: Names,
    /// Fields that would change the numbers, and the JSON that they must hold where given.
    pub settled: &'static [(&'static str, &'static str)],
    /// Its experts, where its feed-forward networks are mixtures.
    pub mixture: Option<&'static Mixture>,
    /// What lit-gpt does: MASK has a row behind those of the head, and the rotary table is in bf16.
    pub lit_gpt: bool,
}

/// Fields of `config.json`.
pub struct Fields {
    /// Numbers of a hidden state.
    pub hidden: &'static str,
    /// Transformer layers.
    pub layers: &'static str,
    /// Query heads.
    pub query_heads: &'static str,
    /// Key heads; as many as query heads where absent.
    pub key_heads: &'static str,
    /// Inner size of the feed-forward network.
    pub ffn: &'static str,
    /// Rows of the head; `vocab_size` where absent.
    pub vocabulary: &'static str,
    /// Longest sequence.
    pub context: &'static str,
    /// Added to mean squares, and how much where absent.
    pub eps: (&'static str, f64),
    /// Whether the head is the embedding.
    pub tied: &'static str,
}

/// Tensors.
pub struct Names {
    /// `[vocabulary, hidden]`
    pub embedding: &'static str,
    /// `[hidden]`, before attention
    pub attention_norm: &'static str,
    /// Queries, keys and values.
    pub qkv: Qkv,
    /// `[hidden, heads * head_dim]`
    pub output: &'static str,
    /// `[hidden]`, before the feed-forward network
    pub ffn_norm: &'static str,
    /// `[ffn, hidden]`, through SiLU
    pub gate: &'static str,
    /// `[ffn, hidden]`
    pub up: &'static str,
    /// `[hidden, ffn]`
    pub down: &'static str,
    /// `[hidden]`, after the last layer
    pub final_norm: &'static str,
    /// `[vocabulary, hidden]`
    pub head: &'static str,
}

/// How queries, keys and values are stored. Biases and gains lie beside the weights.
pub enum Qkv {
    /// One tensor each: the stems of `.weight` and `.bias`, and the gains of QK-norm.
    Separate {
        /// Query, key and value.
        stems: [&'static str; 3],
        /// Gains of queries and keys.
        gains: [&'static str; 2],
    },
    /// One tensor: all queries, all keys, all values. Heads turn in part (LLaDA2).
    Fused {
        /// The tensor.
        tensor: &'static str,
        /// Gains of queries and keys.
        gains: [&'static str; 2],
    },
    /// One tensor whose rows come a key head at a time: its queries, its key, its value (lit-gpt).
    Grouped(&'static str),
}

const HUGGING_FACE: Fields = Fields {
    hidden: "hidden_size",
    layers: "num_hidden_layers",
    query_heads: "num_attention_heads",
    key_heads: "num_key_value_heads",
    ffn: "intermediate_size",
    vocabulary: "vocab_size",
    context: "max_position_embeddings",
    eps: ("rms_norm_eps", 1e-6),
    tied: "tie_word_embeddings",
};

const USUAL: &[(&str, &str)] = &[
    ("hidden_act", "\"silu\""),
    ("use_sliding_window", "false"),
    ("mlp_bias", "false"),
];

/// Tensors of Llama and Qwen.
const LLAMA_NAMES: Names = Names {
    embedding: "model.embed_tokens.weight",
    attention_norm: "model.layers.{}.input_layernorm.weight",
    qkv: Qkv::Separate {
        stems: [
            "model.layers.{}.self_attn.q_proj",
            "model.layers.{}.self_attn.k_proj",
            "model.layers.{}.self_attn.v_proj",
        ],
        gains: [
            "model.layers.{}.self_attn.q_norm.weight",
            "model.layers.{}.self_attn.k_norm.weight",
        ],
    },
    output: "model.layers.{}.self_attn.o_proj.weight",
    ffn_norm: "model.layers.{}.post_attention_layernorm.weight",
    gate: "model.layers.{}.mlp.gate_proj.weight",
    up: "model.layers.{}.mlp.up_proj.weight",
    down: "model.layers.{}.mlp.down_proj.weight",
    final_norm: "model.norm.weight",
    head: "lm_head.weight",
};

/// Llama, Qwen and what was made of them under their names.
pub const LLAMA: Dialect = Dialect {
    fields: HUGGING_FACE,
    names: LLAMA_NAMES,
    settled: USUAL,
    mixture: None,
    lit_gpt: false,
};

/// Qwen3-MoE and what was made of it.
pub const QWEN3_MOE: Dialect = Dialect {
    fields: HUGGING_FACE,
    names: LLAMA_NAMES,
    settled: &[
        ("hidden_act", "\"silu\""),
        ("use_sliding_window", "false"),
        ("decoder_sparse_step", "1"),
        ("mlp_only_layers", "[]"),
    ],
    mixture: Some(&mixture::QWEN3),
    lit_gpt: false,
};

/// LLaDA-MoE.
pub const LLADA_MOE: Dialect = Dialect {
    fields: Fields {
        ffn: "dense_intermediate_size",
        eps: ("rms_norm_eps", 1e-5),
        ..HUGGING_FACE
    },
    names: LLAMA_NAMES,
    settled: &[
        ("hidden_act", "\"silu\""),
        ("use_bias", "false"),
        ("moe_router_score_function", "\"softmax\""),
        ("moe_router_enable_expert_bias", "false"),
        ("norm_topk_prob", "false"),
    ],
    mixture: Some(&mixture::LLADA_MOE),
    lit_gpt: false,
};

/// LLaDA2, under the names of Ling.
pub const LLADA2: Dialect = Dialect {
    fields: HUGGING_FACE,
    names: Names {
        embedding: "model.word_embeddings.weight",
        qkv: Qkv::Fused {
            tensor: "model.layers.{}.attention.query_key_value.weight",
            gains: [
                "model.layers.{}.attention.query_layernorm.weight",
                "model.layers.{}.attention.key_layernorm.weight",
            ],
        },
        output: "model.layers.{}.attention.dense.weight",
        ..LLAMA_NAMES
    },
    settled: &[
        ("hidden_act", "\"silu\""),
        ("use_bias", "false"),
        ("use_qkv_bias", "false"),
        ("score_function", "\"sigmoid\""),
        ("norm_topk_prob", "true"),
    ],
    mixture: Some(&mixture::LLADA2),
    lit_gpt: false,
};

/// DiffuLLaMA: Llama without its embedding under `denoise_model`.
pub const DIFFULLAMA: Dialect = Dialect {
    fields: HUGGING_FACE,
    names: Names {
        embedding: "embed_tokens.weight",
        attention_norm: "denoise_model.layers.{}.input_layernorm.weight",
        qkv: Qkv::Separate {
            stems: [
                "denoise_model.layers.{}.self_attn.q_proj",
                "denoise_model.layers.{}.self_attn.k_proj",
                "denoise_model.layers.{}.self_attn.v_proj",
            ],
            gains: ["", ""],
        },
        output: "denoise_model.layers.{}.self_attn.o_proj.weight",
        ffn_norm: "denoise_model.layers.{}.post_attention_layernorm.weight",
        gate: "denoise_model.layers.{}.mlp.gate_proj.weight",
        up: "denoise_model.layers.{}.mlp.up_proj.weight",
        down: "denoise_model.layers.{}.mlp.down_proj.weight",
        final_norm: "denoise_model.norm.weight",
        head: "lm_head.weight",
    },
    settled: USUAL,
    mixture: None,
    lit_gpt: false,
};

/// Nemotron-Labs-Diffusion: Llama under `encoder`, with a head of its own name.
pub const NEMOTRON: Dialect = Dialect {
    fields: HUGGING_FACE,
    names: Names {
        embedding: "encoder.embed_tokens.weight",
        attention_norm: "encoder.layers.{}.input_layernorm.weight",
        qkv: Qkv::Separate {
            stems: [
                "encoder.layers.{}.self_attn.q_proj",
                "encoder.layers.{}.self_attn.k_proj",
                "encoder.layers.{}.self_attn.v_proj",
            ],
            gains: ["", ""],
        },
        output: "encoder.layers.{}.self_attn.o_proj.weight",
        ffn_norm: "encoder.layers.{}.post_attention_layernorm.weight",
        gate: "encoder.layers.{}.mlp.gate_proj.weight",
        up: "encoder.layers.{}.mlp.up_proj.weight",
        down: "encoder.layers.{}.mlp.down_proj.weight",
        final_norm: "encoder.norm.weight",
        head: "diffusion_head.weight",
    },
    settled: USUAL,
    mixture: None,
    lit_gpt: false,
};

/// LLaDA: the same block under the names of OLMo.
pub const LLADA: Dialect = Dialect {
    fields: Fields {
        hidden: "d_model",
        layers: "n_layers",
        query_heads: "n_heads",
        key_heads: "n_kv_heads",
        ffn: "mlp_hidden_size",
        vocabulary: "embedding_size",
        context: "max_sequence_length",
        eps: ("rms_norm_eps", 1e-5),
        tied: "weight_tying",
    },
    names: Names {
        embedding: "model.transformer.wte.weight",
        attention_norm: "model.transformer.blocks.{}.attn_norm.weight",
        qkv: Qkv::Separate {
            stems: [
                "model.transformer.blocks.{}.q_proj",
                "model.transformer.blocks.{}.k_proj",
                "model.transformer.blocks.{}.v_proj",
            ],
            gains: ["", ""],
        },
        output: "model.transformer.blocks.{}.attn_out.weight",
        ffn_norm: "model.transformer.blocks.{}.ff_norm.weight",
        gate: "model.transformer.blocks.{}.ff_proj.weight",
        up: "model.transformer.blocks.{}.up_proj.weight",
        down: "model.transformer.blocks.{}.ff_out.weight",
        final_norm: "model.transformer.ln_f.weight",
        head: "model.transformer.ff_out.weight",
    },
    settled: &[
        ("block_type", "\"llama\""),
        ("layer_norm_type", "\"rms\""),
        ("activation_type", "\"silu\""),
        ("rope", "true"),
        ("alibi", "false"),
        ("include_bias", "false"),
        ("bias_for_layer_norm", "false"),
        ("attention_layer_norm", "false"),
        ("input_emb_norm", "false"),
        ("scale_logits", "false"),
        ("multi_query_attention", "false"),
    ],
    mixture: None,
    lit_gpt: false,
};

/// SMDM: the same block under the names of lit-gpt. Its MASK has a row in the embedding alone.
pub const SMDM: Dialect = Dialect {
    fields: Fields {
        hidden: "n_embd",
        layers: "n_layer",
        query_heads: "n_head",
        key_heads: "n_query_groups",
        ffn: "intermediate_size",
        vocabulary: "padded_vocab_size",
        context: "block_size",
        eps: ("norm_eps", 1e-5),
        tied: "tie_word_embeddings",
    },
    names: Names {
        embedding: "transformer.wte.weight",
        attention_norm: "transformer.h.{}.norm_1.weight",
        qkv: Qkv::Grouped("transformer.h.{}.attn.attn.weight"),
        output: "transformer.h.{}.attn.proj.weight",
        ffn_norm: "transformer.h.{}.norm_2.weight",
        gate: "transformer.h.{}.mlp.swiglu.w1.weight",
        up: "transformer.h.{}.mlp.swiglu.w2.weight",
        down: "transformer.h.{}.mlp.swiglu.w3.weight",
        final_norm: "transformer.ln_f.weight",
        head: "lm_head.weight",
    },
    settled: &[
        ("rotary_percentage", "1.0"),
        ("bias", "false"),
        ("parallel_residual", "false"),
    ],
    mixture: None,
    lit_gpt: true,
};
