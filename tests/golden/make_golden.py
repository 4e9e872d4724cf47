"""Make the golden checkpoints and their expected logits.

    python tests/golden/make_golden.py            # all models
    python tests/golden/make_golden.py qwen3      # one of them

Each checkpoint is tiny and starts from random weights. It is then fitted for a few seconds to a
made-up language, because a purely random network has top-two margins far smaller than those of
any trained one, and "top-1 agrees after quantization" would measure luck. The expected values
come from the `transformers` classes in float32 with eager attention and the spec's mask, computed
from the weights *as stored* (rounded to the storage type first).
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from network import build, predictions, stored_state
from specs import SPECS, Spec
from stats import records

HERE = Path(__file__).parent
LENGTHS = (1, 7, 33, 64, 96)
STEPS = 900
BATCH = 48
# Rows whose whole logit vector is kept; the other rows keep their top-1 and their record.
ROWS = {1: [0], 7: [0, 1, 6], 33: [0, 32], 64: [31, 63], 96: [48, 95]}
CORPUS = "the little fox and the old owl walked home over the hill, and the moon was bright. " * 4


class Language:
    """A made-up language: a topic fixes three tokens that repeat; any visible token gives it away."""

    def __init__(self, spec: Spec, generator: torch.Generator):
        self.spec = spec
        ordinary = torch.randperm(spec.vocab - spec.special, generator=generator) + spec.special
        topics = min(60, len(ordinary) // 3)
        self.table = ordinary[: topics * 3].reshape(topics, 3)

    def sample(self, count: int, length: int, generator: torch.Generator):
        """Clean ids and the same ids about half masked, both [count, length]."""
        topic = torch.randint(len(self.table), (count,), generator=generator)
        phase = torch.randint(3, (count, 1), generator=generator)
        column = (torch.arange(length)[None] + phase) % 3
        clean = torch.gather(self.table[topic], 1, column)
        if self.spec.mask is None:
            return clean, clean
        rate = 0.3 + 0.4 * torch.rand(count, 1, generator=generator)
        hidden = torch.rand(count, length, generator=generator) < rate
        return clean, torch.where(hidden, torch.tensor(self.spec.mask), clean)


def fit(spec: Spec, language: Language, generator: torch.Generator):
    """Fit a fresh network to the language; returns it in float32."""
    torch.manual_seed(spec.seed)
    model = build(spec)
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, betas=(0.9, 0.98), weight_decay=0.01)
    for step in range(STEPS):
        length = int(torch.randint(4, 97, (), generator=generator))
        clean, seen = language.sample(BATCH, length, generator)
        logits = predictions(model, spec, seen)
        first = int(spec.shift)  # a shifted model has no row for position 0
        loss = torch.nn.functional.cross_entropy(
            logits[:, first:].flatten(0, 1), clean[:, first:].flatten()
        )
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = 6e-3 * min(1.0, (step + 1) / 50, (STEPS - step) / 300)
        optimizer.step()
    with torch.no_grad():
        model.model.norm.weight.mul_(spec.sharpen)
    print(f"{spec.name}: loss {loss.item():.4f}")
    return model


def write_weights(spec: Spec, folder: Path, state: dict):
    """One `model.safetensors`, or two shards and their index."""
    if not spec.sharded:
        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(state)
    weight_map, total = {}, 0
    for part, chosen in enumerate((names[0::2], names[1::2]), start=1):
        file = f"model-0000{part}-of-00002.safetensors"
        save_file({name: state[name] for name in chosen}, folder / file, metadata={"format": "pt"})
        weight_map.update({name: file for name in chosen})
        total += sum(state[name].nbytes for name in chosen)
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def write_tokenizer(spec: Spec, folder: Path):
    """A small valid byte-level BPE whose special tokens sit at the ids the config names."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=min(spec.vocab, 300),
        special_tokens=["<|endoftext|>", "<|mask|>", "<|im_end|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([CORPUS], trainer)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    if spec.mask is not None:
        config["mask_token"] = "<|mask|>"
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


def write_expected(spec: Spec, folder: Path, model, language: Language, generator: torch.Generator):
    """`cases.json` (ids and which rows are kept whole) and `expected.safetensors`."""
    cases, tensors = [], {}
    for length in LENGTHS:
        _, seen = language.sample(1, length, generator)
        if length == 1 and spec.mask is not None:
            seen[:] = spec.mask
        with torch.no_grad():
            logits = predictions(model, spec, seen)[0]  # [length, vocab]
        name, rows = f"length_{length}", ROWS[length]
        cases.append({"name": name, "ids": seen[0].tolist(), "rows": rows})
        tensors[f"{name}.logits"] = logits[rows].contiguous()
        tensors[f"{name}.top1"] = logits.argmax(-1).to(torch.int32)
        table = records(logits.double().numpy(), seen[0].numpy(), spec.mask, [spec.eos])
        tensors[f"{name}.records"] = torch.from_numpy(table.astype(np.float32))
    (folder / "cases.json").write_text(json.dumps({"cases": cases}) + "\n")
    save_file(tensors, folder / "expected.safetensors")


def make(spec: Spec):
    """Write one whole checkpoint folder."""
    folder = HERE / spec.name
    folder.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(spec.seed)
    language = Language(spec, generator)
    model = fit(spec, language, generator)
    state = stored_state(model, spec)
    model.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    write_weights(spec, folder, state)
    write_tokenizer(spec, folder)
    (folder / "config.json").write_text(json.dumps(spec.config_json(), indent=1) + "\n")
    write_expected(spec, folder, model, language, generator)


if __name__ == "__main__":
    torch.set_num_threads(1)  # two threads wait for each other on a busy machine
    for spec in SPECS:
        if len(sys.argv) == 1 or spec.name in sys.argv[1:]:
            make(spec)
