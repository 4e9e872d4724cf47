"""One tiny checkpoint a family: its configuration, its network, its names, what must be detected."""

from dataclasses import dataclass, field
from typing import Callable

import torch
import transformers

import experts
import plain

MASK, EOS, EXPAND = 89, 88, 90
VOCABULARY = 96

# Sizes that no tile or block of 32 divides, heads that are wider together than the hidden state.
SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 52,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": VOCABULARY,
    "max_position_embeddings": 256,
    "eos_token_id": EOS,
    "pad_token_id": EOS,
}
LLAMA = {**SHAPE, "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 1000000.0}
QWEN3 = {**LLAMA, "head_dim": 16, "attention_bias": False}
QWEN2 = {**LLAMA, "use_sliding_window": False}


@dataclass
class Family:
    """A checkpoint and the facts that an engine must find in it."""

    folder: str
    name: str  # the family, as in docs/models.md
    config: dict
    build: Callable
    renames: dict = field(default_factory=dict)  # parts of tensor names
    specials: tuple = ("<|endoftext|>", "<|mask|>")
    named: dict = field(default_factory=lambda: {"mask_token": "<|mask|>"})
    mask: int | None = MASK
    shift: bool = False
    tempered: bool = False
    block: int | None = None  # None: full attention; 1: causal
    masks_last: bool = False  # causal in an order in which masks come last
    windowed: bool = False  # the class makes its own masks, which differ from layer to layer
    stacked: bool = False  # the class stacks experts, which the published files hold one by one
    seed: int = 0  # another draw, where the first one leaves an expert without rows
    drop: tuple = ()  # tensors that the published files do not hold
    extra: Callable = dict  # and those that they hold beside


def hugging_face(class_name, config, **changes):
    """A fresh `transformers` network; a four-dimensional mask replaces the causal one."""

    def build():
        stem = class_name.removesuffix("ForCausalLM").removesuffix("ForMaskedLM")
        stem = stem.removesuffix("LMHeadModel")
        config_class = getattr(transformers, f"{stem}Config")
        skipped = ("model_type", "architectures", "mask_token_id", "block_size", "bd_size")
        settings = {k: v for k, v in config.items() if k not in skipped}
        if "rope_theta" in settings:
            rope = {"rope_theta": settings.pop("rope_theta"), "rope_type": "default"}
            settings["rope_parameters"] = rope | (settings.pop("rope_scaling", None) or {})
        settings |= changes
        made = config_class(**settings)
        made._attn_implementation = "eager"
        return getattr(transformers, class_name)(made)

    return build


def llama_like(folder, name, model_type, base, shape, **options):
    """A family whose network is the `transformers` class `base` under another `model_type`."""
    fields = options.pop("fields", {})
    architecture = options.pop("architecture", f"{base}ForCausalLM")
    if options.get("mask", MASK) is not None and options.pop("configured_mask", True):
        fields = {"mask_token_id": MASK, **fields}
    tied = {"tie_word_embeddings": options.pop("tied", True)}
    config = {"architectures": [architecture], "model_type": model_type, **shape, **tied, **fields}
    known = {k: v for k, v in config.items() if not k.startswith("_")}
    return Family(folder, name, config, hugging_face(f"{base}ForCausalLM", known), **options)


A2D = {"architecture": "A2DModelLMHeadModel"}
LLADA = {
    "architectures": ["LLaDAModelLM"], "model_type": "llada", "d_model": 32, "n_layers": 2,
    "n_heads": 4, "n_kv_heads": 4, "mlp_hidden_size": 52, "vocab_size": VOCABULARY,
    "embedding_size": VOCABULARY, "max_sequence_length": 256, "rope": True, "rope_theta": 500000.0,
    "rope_full_precision": True, "alibi": False, "rms_norm_eps": 1e-5, "layer_norm_type": "rms",
    "activation_type": "silu", "block_type": "llama", "block_group_size": 1, "include_bias": False,
    "include_qkv_bias": False, "attention_layer_norm": False, "weight_tying": False,
    "scale_logits": False, "multi_query_attention": None, "mask_token_id": MASK,
    "eos_token_id": EOS, "pad_token_id": EOS,
}
SMDM = {
    "model_type": "smdm", "n_embd": 32, "n_layer": 2, "n_head": 4, "n_query_groups": 2,
    "intermediate_size": 52, "padded_vocab_size": VOCABULARY, "block_size": 256, "norm_eps": 1e-5,
    "rotary_percentage": 1.0, "bias": False, "eos_token_id": EOS,
}
LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
YARN = {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 32}

QWEN3_MOE = {
    **QWEN3, "num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 20,
    "norm_topk_prob": True, "decoder_sparse_step": 1, "mlp_only_layers": [],
}
LLADA_MOE = {
    "architectures": ["LLaDAMoEModelLM"], "model_type": "llada", "hidden_size": 32,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "dense_intermediate_size": 52, "expert_intermediate_size": 20, "num_experts": 6,
    "num_experts_per_tok": 3, "moe_layer_freq": [1, 1], "shared_expert_intermediate_size": None,
    "moe_router_score_function": "softmax", "moe_router_enable_expert_bias": False,
    "qk_layernorm": True, "partial_rotary_factor": 1, "rope_theta": 50000.0, "rms_norm_eps": 1e-5,
    "hidden_act": "silu", "use_bias": False, "vocab_size": VOCABULARY, "tie_word_embeddings": False,
    "max_position_embeddings": 256, "eos_token_id": EOS, "pad_token_id": EOS,
}
LLADA2 = {
    **SHAPE, "architectures": ["LLaDA2MoeModelLM"], "model_type": "llada2_moe", "head_dim": 16,
    "num_hidden_layers": 3, "first_k_dense_replace": 1, "num_experts": 8, "num_experts_per_tok": 4,
    "num_shared_experts": 1, "moe_intermediate_size": 32, "n_group": 4, "topk_group": 3,
    "routed_scaling_factor": 2.5, "norm_topk_prob": True, "score_function": "sigmoid",
    "partial_rotary_factor": 0.5, "rope_theta": 600000.0, "rms_norm_eps": 1e-6, "use_bias": False,
    "use_qkv_bias": False, "hidden_act": "silu", "tie_word_embeddings": False,
}

MODERN_BERT = {
    **SHAPE, "num_hidden_layers": 4, "hidden_activation": "gelu", "norm_eps": 1e-5,
    "norm_bias": False, "attention_bias": False, "mlp_bias": False, "decoder_bias": True,
    "classifier_bias": False, "classifier_activation": "gelu", "local_attention": 10,
    "global_attn_every_n_layers": 3, "global_rope_theta": 160000.0, "local_rope_theta": 10000.0,
    "tie_word_embeddings": True, "bos_token_id": EOS, "cls_token_id": EOS, "sep_token_id": EOS,
}
del MODERN_BERT["num_key_value_heads"]
BERT = {
    **SHAPE, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "type_vocab_size": 2,
    "position_embedding_type": "absolute", "tie_word_embeddings": True,
}
del BERT["num_key_value_heads"]
GPT2 = {
    "vocab_size": VOCABULARY, "n_positions": 256, "n_embd": 32, "n_layer": 2, "n_head": 4,
    "n_inner": None, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
    "scale_attn_weights": True, "tie_word_embeddings": True, "eos_token_id": EOS,
    "bos_token_id": EOS,
}
DIT = {
    "hidden_dim": 32, "n_blocks": 2, "n_heads": 4, "cond_dim": 16, "vocab_size": VOCABULARY,
    "model_length": 256, "dropout": 0.1, "time_conditioning": False, "eos_token_id": EOS,
}
BD3LM = {**DIT, "block_size": 8, "cross_attn": True, "adaln": True, "causal": False}

SEDD = {
    "ngpus": 8, "tokens": VOCABULARY - 1,
    "graph": {"type": "absorb", "file": "data", "report_all": False},
    "noise": {"type": "loglinear", "sigma_min": 1e-4, "sigma_max": 20},
    "model": {
        "name": "small", "type": "ddit", "hidden_size": 32, "cond_dim": 16, "length": 256,
        "n_blocks": 2, "n_heads": 4, "scale_by_sigma": True, "dropout": 0.1,
    },
}


def encoder(folder, name, model_type, architecture, shape, **options):
    """A family of masked language models with a `transformers` class of its own."""
    config = {"architectures": [architecture], "model_type": model_type, **shape}
    return Family(folder, name, config, hugging_face(architecture, config), **options)


FAMILIES = [
    llama_like("a2d_qwen3", "Tiny-A2D", "a2d-qwen3", "Qwen3", QWEN3, **A2D,
               fields={"_name_or_path": "dllm-hub/Qwen3-0.6B-diffusion-mdlm-v0.1"},
               # Stored beside the embedding although tied: the flag decides, so any other will do.
               extra=lambda state: {"lm_head.weight": torch.zeros(VOCABULARY, 32).half()}),
    llama_like("a2d_qwen3_bd3lm", "Tiny-A2D", "a2d-qwen3", "Qwen3", QWEN3, **A2D, block=32,
               fields={"_name_or_path": "dllm-hub/Qwen3-0.6B-diffusion-bd3lm-v0.1"}),
    llama_like("a2d_qwen2", "Tiny-A2D", "a2d-qwen2", "Qwen2", QWEN2, **A2D, configured_mask=False),
    llama_like("a2d_qwen2_bd3lm", "Tiny-A2D", "a2d-qwen2", "Qwen2", QWEN2, **A2D, block=8,
               fields={"block_size": 8}),
    llama_like("open_dcoder", "Open-dCoder", "qwen2", "Qwen2", QWEN2, shift=True, tempered=True,
               configured_mask=False, specials=("<|endoftext|>", "<M>"),
               named={"mask_token": "<M>"}),
    llama_like("fast_dllm_v2", "Fast-dLLM v2", "Fast_dLLM_Qwen", "Qwen2", QWEN2, shift=True,
               block=8, fields={"bd_size": 8}, architecture="Fast_dLLM_QwenForCausalLM",
               configured_mask=False, specials=("<|endoftext|>", "|<MASK>|"), named={}),
    llama_like("sdar", "SDAR and TraDo", "sdar", "Qwen3", QWEN3, tempered=True, block=4,
               fields={"block_size": 4}, architecture="SDARForCausalLM", tied=False,
               specials=("<|endoftext|>", "<|MASK|>"), named={"mask_token": "<|MASK|>"}),
    llama_like("coda", "CoDA", "CoDA", "Qwen3", QWEN3, shift=True, tempered=True,
               architecture="CoDALanguageModel"),
    llama_like("dream", "Dream", "Dream", "Qwen2", QWEN2, shift=True, tempered=True, tied=False,
               architecture="DreamModel"),
    llama_like("dreamon", "Dream", "Dream", "Qwen2", QWEN2, shift=True, tempered=True, tied=False,
               architecture="DreamModel", specials=("<|endoftext|>", "<|mask|>", "<|expand|>"),
               fields={"expand_token_id": EXPAND}),
    Family("llada", "LLaDA", LLADA, lambda: plain.Llada(LLADA)),
    Family("llada_moe", "LLaDA-MoE", LLADA_MOE, lambda: experts.LladaMoe(LLADA_MOE)),
    Family("llada2_moe", "LLaDA2", LLADA2, lambda: experts.Llada2(LLADA2), block=32,
           seed=6),
    llama_like("sdar_moe", "SDAR-MoE", "sdar_moe", "Qwen3Moe", QWEN3_MOE, tempered=True, block=4,
               fields={"block_size": 4}, architecture="SDARMoeForCausalLM", tied=False,
               stacked=True, specials=("<|endoftext|>", "<|MASK|>"),
               named={"mask_token": "<|MASK|>"}),
    llama_like("rnd1", "RND1", "rnd1", "Qwen3Moe", QWEN3_MOE, shift=True, tempered=True,
               tied=False, stacked=True, architecture="RND1LM"),
    llama_like("qwen3_moe", "Qwen3-MoE", "qwen3_moe", "Qwen3Moe",
               {**QWEN3_MOE, "norm_topk_prob": False}, mask=None, named={}, tied=False,
               stacked=True, specials=("<|endoftext|>",), shift=True, block=1),
    llama_like("nemotron", "Nemotron-Labs-Diffusion", "nemotron_labs_diffusion", "Llama",
               {**LLAMA, "head_dim": 16, "rope_scaling": YARN}, block=32, tied=False,
               architecture="NemotronLabsDiffusionModel",
               renames={"model.": "encoder.", "lm_head.": "diffusion_head."}),
    llama_like("wedlm", "WeDLM", "wedlm", "Qwen3", QWEN3, tied=False, masks_last=True,
               architecture="WeDLMForCausalLM", fields={"qk_norm": True}),
    llama_like("wedlm_qwen2", "WeDLM", "wedlm", "Qwen2", QWEN2, tied=False, masks_last=True,
               architecture="WeDLMForCausalLM", fields={"qk_norm": False, "attention_bias": True}),
    Family("smdm", "SMDM", SMDM, lambda: plain.Smdm(SMDM), mask=VOCABULARY,
           named={}, specials=("<|endoftext|>",)),
    llama_like("diffullama", "DiffuLLaMA", "llama", "Llama", LLAMA, shift=True, tied=False,
               configured_mask=False,
               renames={"model.embed_tokens.": "embed_tokens.", "model.": "denoise_model."}),
    encoder("modernbert", "ModernBERT", "modernbert", "ModernBertForMaskedLM", MODERN_BERT,
            drop=("decoder.weight",), named={"mask_token": "<|mask|>"}, windowed=True),
    encoder("bert", "BERT", "bert", "BertForMaskedLM", BERT,
            drop=("decoder.", "pooler", "position_ids")),
    encoder("diffugpt", "DiffuGPT", "gpt2", "GPT2LMHeadModel", GPT2, shift=True,
            drop=(".attn.bias", ".attn.masked_bias"),
            renames={"transformer.wte.": "embed_tokens.", "transformer.": "denoise_model."}),
    encoder("gpt2", "GPT-2", "gpt2", "GPT2LMHeadModel", GPT2, shift=True, block=1, mask=None,
            named={}, specials=("<|endoftext|>",), renames={"transformer.": ""}),
    Family("mdlm", "MDLM", {"model_type": "mdlm", **DIT}, lambda: plain.Dit(DIT), named={},
           specials=("<|endoftext|>",), mask=VOCABULARY - 1),
    Family("bd3lm", "BD3-LM", {"model_type": "bd3lm", **BD3LM}, lambda: plain.Dit(BD3LM), named={},
           specials=("<|endoftext|>",), mask=VOCABULARY - 1, block=8),
    Family("sedd", "SEDD", SEDD, lambda: plain.Sedd(SEDD), named={}, specials=("<|endoftext|>",),
           mask=VOCABULARY - 1),
    llama_like("llama", "Llama", "llama", "Llama", {**LLAMA, "rope_scaling": LLAMA3}, mask=None,
               named={}, specials=("<|endoftext|>",), shift=True, block=1),
    llama_like("qwen2", "Qwen2", "qwen2", "Qwen2", QWEN2, mask=None, named={},
               specials=("<|endoftext|>",), shift=True, block=1),
]
