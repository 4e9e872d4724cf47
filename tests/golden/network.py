"""The `transformers` classes with the attention of the spec, and the row convention of the project."""

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from specs import Spec

CLASSES = {
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "llama": (LlamaConfig, LlamaForCausalLM),
}


def build(spec: Spec):
    """A fresh network of the spec, float32, eager attention."""
    config_class, model_class = CLASSES[spec.family]
    settings = dict(
        hidden_size=spec.hidden,
        intermediate_size=spec.inner,
        num_hidden_layers=spec.layers,
        num_attention_heads=spec.heads,
        num_key_value_heads=spec.kv_heads,
        head_dim=spec.head_dim,
        vocab_size=spec.vocab,
        rms_norm_eps=spec.epsilon,
        max_position_embeddings=128,
        rope_parameters={"rope_theta": spec.theta, "rope_type": "default"},
        tie_word_embeddings=spec.tied,
        attn_implementation="eager",
        initializer_range=0.06,
    )
    model = model_class(config_class(**settings)).float()
    # A zero bias or a unit norm would hide an engine that forgets it.
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0.0, 0.3)
            elif "norm" in name:
                parameter.uniform_(0.7, 1.4)
    return model


def visibility(spec: Spec, length: int) -> torch.Tensor:
    """Additive attention mask [length, length]: 0 where row i sees key j."""
    at = torch.arange(length)
    group = {"full": at * 0, "causal": at, "blocks": at // spec.block}[spec.attention]
    return torch.where(group[None, :] <= group[:, None], 0.0, torch.finfo(torch.float32).min)


def predictions(model, spec: Spec, ids: torch.Tensor) -> torch.Tensor:
    """Logits [count, length, vocab]; row i predicts position i whatever the family's shift.

    A four-dimensional additive mask replaces the causal one of the classes. Shifted families predict position i in row i-1; row 0 is then used twice.
    """
    length = ids.shape[1]
    mask = visibility(spec, length).expand(ids.shape[0], 1, length, length)
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
    if spec.shift:
        logits = torch.cat([logits[:, :1], logits[:, :-1]], dim=1)
    return logits


def stored_state(model, spec: Spec) -> dict:
    """The tensors as the checkpoint holds them: rounded to the storage type, no tied copy."""
    state = {k: v.detach().to(spec.storage).contiguous() for k, v in model.state_dict().items()}
    if spec.tied:
        state.pop("lm_head.weight")
    return state
