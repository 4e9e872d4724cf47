"""Write a checkpoint as a Hugging Face folder: config, safetensors, tokenizer.

    python export.py --checkpoint DIR/checkpoint.pt --tokenizer DIR --out DIR [--dtype float16]
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from model import Shape
from tokenizer import END, MASK

ARCHITECTURES = {
    "tiny": "Qwen3ForMaskedDiffusion", "tiny-block": "Qwen3ForBlockDiffusion",
    "tiny-ar": "Qwen3ForCausalLM",
}
BLOCK = 8  # of tiny-block; anchored at position 0


def config_json(model: str, shape: Shape, dtype: str) -> dict:
    """The `config.json`; a loader reads the mask id, the stop id and the block size from it."""
    config = {
        "architectures": [ARCHITECTURES[model]], "model_type": "qwen3",
        "hidden_size": shape.hidden, "intermediate_size": shape.inner,
        "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads, "head_dim": shape.head_dim,
        "rms_norm_eps": shape.epsilon, "rope_theta": shape.theta, "vocab_size": shape.vocab,
        "max_position_embeddings": shape.context, "tie_word_embeddings": True,
        "attention_bias": False, "hidden_act": "silu", "bos_token_id": None,
        "eos_token_id": END, "pad_token_id": END, "torch_dtype": dtype,
    }
    if model != "tiny-ar":
        config["mask_token_id"] = MASK
    if model == "tiny-block":
        config["block_size"] = BLOCK
    return config


def export(checkpoint: Path, tokenizer: Path, out: Path, dtype: str, last: bool = False):
    """Write the folder, from the averaged weights unless `last` asks for the latest ones."""
    saved = torch.load(checkpoint, weights_only=False)
    shape = Shape(**saved["shape"])
    weights = saved["network"] if last else saved["average"]
    tensors = {f"model.{k}": v.to(getattr(torch, dtype)).contiguous() for k, v in weights.items()}
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)
    config = config_json(saved["model"], shape, dtype)
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    shutil.copy(tokenizer / "tokenizer.json", out / "tokenizer.json")
    settings = json.loads((tokenizer / "tokenizer_config.json").read_text())
    if saved["model"] == "tiny-ar":
        # A checkpoint that names a mask token would be taken for a masked model.
        settings.pop("mask_token", None)
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    print(f"step {saved['step']}, {saved['tokens']} tokens, {saved['seconds']:.0f} s -> {out}")


def main():
    """Parse the options and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dtype", choices=["float16", "bfloat16", "float32"], default="float16")
    parser.add_argument("--last", action="store_true", help="the latest weights, not the average")
    options = parser.parse_args()
    export(options.checkpoint, options.tokenizer, options.out, options.dtype, options.last)


if __name__ == "__main__":
    main()
