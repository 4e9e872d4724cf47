"""Makes GGUF files of three golden checkpoints, as llama.cpp's converter does: its tensor names, its
entries, and the rows of queries and keys interleaved for the `llama` architecture.

    pip install gguf numpy torch safetensors
    python tests/golden/make_gguf.py

`gguf/<name>.gguf` holds the numbers of `<name>/`, so the same `expected.safetensors` holds for it.
"""

import json
import re
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from safetensors.torch import load_file

HERE = Path(__file__).parent

# Checkpoint -> architecture in llama.cpp.
FILES = {"llama": "llama", "dream": "dream", "causal": "qwen3"}

GLOBAL = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}
LOCAL = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def ggml_name(name: str) -> str:
    """llama.cpp's name of a tensor."""
    stem, kind = name.rsplit(".", 1)
    if stem in GLOBAL:
        return f"{GLOBAL[stem]}.{kind}"
    layer, role = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", stem).groups()
    return f"blk.{layer}.{LOCAL[role]}.{kind}"


def interleaved(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """The rows of each head, its halves alternating."""
    return weight.reshape(heads, 2, -1, weight.shape[-1]).transpose(1, 2).reshape(weight.shape)


def add_tensors(writer: GGUFWriter, folder: Path, config: dict, architecture: str) -> None:
    """Matrices in the checkpoint's own type, vectors in F32."""
    tensors = {}
    for file in sorted(folder.glob("model*.safetensors")):
        tensors.update(load_file(file))
    for name, weight in sorted(tensors.items()):
        if architecture == "llama" and "q_proj" in name:
            weight = interleaved(weight, config["num_attention_heads"])
        if architecture == "llama" and "k_proj" in name:
            weight = interleaved(weight, config["num_key_value_heads"])
        if weight.ndim == 1 or weight.dtype == torch.float32:
            writer.add_tensor(ggml_name(name), weight.float().numpy())
        elif weight.dtype == torch.float16:
            writer.add_tensor(ggml_name(name), weight.numpy())
        else:
            raw = weight.contiguous().view(torch.uint8).numpy()
            writer.add_tensor(ggml_name(name), raw, raw_dtype=GGMLQuantizationType.BF16)


def add_tokenizer(writer: GGUFWriter, folder: Path, config: dict) -> None:
    """The vocabulary and the merges; words are cut as GPT-2 does."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    special = {token["content"] for token in tokenizer["added_tokens"]}
    vocabulary = tokenizer["model"]["vocab"] | {
        token["content"]: token["id"] for token in tokenizer["added_tokens"]
    }
    tokens = {id: token for token, id in vocabulary.items()}
    names = [tokens.get(id, f"[PAD{id}]") for id in range(config["vocab_size"])]
    unused = set(names) - set(vocabulary)
    kinds = [
        TokenType.UNUSED if name in unused else TokenType.CONTROL if name in special else TokenType.NORMAL
        for name in names
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(names)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    if "mask_token_id" in config:
        writer.add_mask_token_id(config["mask_token_id"])
    writer.add_chat_template("{{ messages[0].content }}{{ eos_token }}")


def main() -> None:
    (HERE / "gguf").mkdir(exist_ok=True)
    for name, architecture in FILES.items():
        folder = HERE / name
        config = json.loads((folder / "config.json").read_text())
        writer = GGUFWriter(HERE / "gguf" / f"{name}.gguf", architecture)
        writer.add_block_count(config["num_hidden_layers"])
        writer.add_context_length(config["max_position_embeddings"])
        writer.add_embedding_length(config["hidden_size"])
        writer.add_feed_forward_length(config["intermediate_size"])
        writer.add_head_count(config["num_attention_heads"])
        writer.add_head_count_kv(config["num_key_value_heads"])
        if "head_dim" in config:
            writer.add_key_length(config["head_dim"])
        writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
        writer.add_rope_freq_base(config["rope_theta"])
        if "mask_token_id" in config:
            writer.add_causal_attention(False)
        add_tokenizer(writer, folder, config)
        add_tensors(writer, folder, config, architecture)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


if __name__ == "__main__":
    main()
