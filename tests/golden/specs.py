"""The six shapes. Every one differs from the others in what an engine can get wrong."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Spec:
    """Shape of one golden checkpoint and what its `config.json` says."""

    name: str
    family: str  # which transformers class: qwen3, qwen2, llama
    model_type: str  # what config.json says
    architecture: str
    hidden: int
    inner: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    theta: float
    epsilon: float
    tied: bool
    shift: bool
    storage: torch.dtype
    seed: int
    sharded: bool = False
    explicit_head_dim: bool = True
    nested_rope: bool = False  # theta under "rope_parameters", as transformers 5 writes it
    sharpen: float = 1.0  # factor on the final norm after fitting, to spread the logits
    layers: int = 2
    attention: str = "full"  # or "causal", or "blocks": block-causal
    block: int = 8  # of "blocks", counted from position 0
    eos: int = 0
    mask: int | None = 1  # None: an ordinary language model
    special: int = 3

    def config_json(self) -> dict:
        """The Hugging Face `config.json` of the checkpoint."""
        config = {
            "architectures": [self.architecture],
            "model_type": self.model_type,
            "hidden_size": self.hidden,
            "intermediate_size": self.inner,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "hidden_act": "silu",
            "rms_norm_eps": self.epsilon,
            "vocab_size": self.vocab,
            "max_position_embeddings": 128,
            "tie_word_embeddings": self.tied,
            "eos_token_id": self.eos,
            "pad_token_id": self.eos,
            "torch_dtype": str(self.storage).removeprefix("torch."),
        }
        if self.mask is not None:
            config["mask_token_id"] = self.mask
        if self.attention == "blocks":
            config["block_size"] = self.block
        if self.explicit_head_dim:
            config["head_dim"] = self.head_dim
        if self.nested_rope:
            config["rope_parameters"] = {"rope_theta": self.theta, "rope_type": "default"}
        else:
            config["rope_theta"] = self.theta
        if self.family != "qwen2":
            config["attention_bias"] = False
        return config


SPECS = [
    # QK-norm, grouped heads, heads wider than the hidden size, inner size that no 32-block divides.
    Spec("qwen3", "qwen3", "qwen3", "Qwen3ForMaskedDiffusion", hidden=32, inner=80, heads=4,
         kv_heads=2, head_dim=16, vocab=320, theta=10000.0, epsilon=1e-6, tied=True, shift=False,
         storage=torch.float32, seed=11),
    # QKV bias, odd vocabulary, shifted logits, separate head, two shards, BF16.
    Spec("dream", "qwen2", "Dream", "DreamModel", hidden=64, inner=32, heads=6, kv_heads=2,
         head_dim=16, vocab=515, theta=1000000.0, epsilon=1e-6, tied=False, shift=True,
         storage=torch.bfloat16, seed=22, sharded=True),
    # Neither bias nor QK-norm, as many key as query heads, head_dim left to D/H, F16.
    Spec("llama", "llama", "a2d-llama", "A2DLlamaLMHeadModel", hidden=32, inner=96, heads=2,
         kv_heads=2, head_dim=16, vocab=1000, theta=500000.0, epsilon=1e-5, tied=True, shift=False,
         storage=torch.float16, seed=33, explicit_head_dim=False, sharpen=1.4),
    # Sizes that are no multiple of a tile of 64 or 128, 3:1 heads, theta in the newer place.
    Spec("tiles", "qwen3", "a2d-qwen3", "A2DQwen3LMHeadModel", hidden=96, inner=160, heads=3,
         kv_heads=1, head_dim=32, vocab=333, theta=10000.0, epsilon=1e-6, tied=True, shift=False,
         storage=torch.bfloat16, seed=44, nested_rope=True),
    # An ordinary language model: no mask token anywhere, causal, row i predicts token i + 1.
    Spec("causal", "qwen3", "qwen3", "Qwen3ForCausalLM", hidden=32, inner=64, heads=4, kv_heads=2,
         head_dim=16, vocab=300, theta=10000.0, epsilon=1e-6, tied=True, shift=True,
         storage=torch.float16, seed=55, attention="causal", mask=None),
    # Block-causal as SDAR: a row sees its own block and the blocks before it.
    Spec("blocks", "qwen3", "qwen3", "Qwen3ForBlockDiffusion", hidden=32, inner=64, heads=4,
         kv_heads=2, head_dim=16, vocab=300, theta=10000.0, epsilon=1e-6, tied=True, shift=False,
         storage=torch.float16, seed=66, attention="blocks"),
]
