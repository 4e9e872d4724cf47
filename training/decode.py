"""Generation in PyTorch, for judging checkpoints: blocks, threshold or one token a forward.

The engine has its own decoder; this one is the plain reading of LLaDA's and Fast-dLLM's rules.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from model import Network, Shape


class Folder:
    """A model folder ready to decode: network, tokenizer, special ids."""

    def __init__(self, folder: Path):
        config = json.loads((folder / "config.json").read_text())
        self.mask, self.end = config["mask_token_id"], config["eos_token_id"]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.stops = {self.end, self.tokenizer.token_to_id("<|end|>")} - {None}
        self.turns = [self.tokenizer.token_to_id(t) for t in ("<|user|>", "<|assistant|>")]
        self.network = Network(Shape(
            vocab=config["vocab_size"], hidden=config["hidden_size"],
            inner=config["intermediate_size"], layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"], kv_heads=config["num_key_value_heads"],
            head_dim=config["head_dim"], theta=config["rope_theta"],
            epsilon=config["rms_norm_eps"],
        )).eval()
        tensors = load_file(folder / "model.safetensors")
        self.network.load_state_dict({
            k.removeprefix("model."): v.float() for k, v in tensors.items() if k != "lm_head.weight"
        })

    def chat(self, prompt: str) -> list[int]:
        """Ids of a one-turn chat prompt; an empty prompt stays empty."""
        if not prompt:
            return []
        return [self.turns[0], *self.tokenizer.encode(prompt).ids, self.turns[1]]

    def text(self, ids: list[int]) -> str:
        """The answer in `ids`: what comes before the first special token."""
        special = {self.mask, *self.stops, *self.turns}
        stop = next((i for i, token in enumerate(ids) if token in special), len(ids))
        return self.tokenizer.decode(ids[:stop]).strip()


def choose(confidence, masked, threshold):
    """Positions to commit [rows, length]: all above the threshold, the best one at least."""
    score = torch.where(masked, confidence, -1.0)
    chosen = torch.zeros_like(masked)
    chosen.scatter_(1, score.argmax(1, keepdim=True), True)
    if threshold is not None:
        chosen |= score >= threshold
    return chosen & masked


@torch.no_grad()
def generate(folder: Folder, prompts: list[list[int]], length: int, block: int, threshold=None,
             temperature: float = 0.0, generator=None):
    """Fill `length` positions after prompts of one common length.

    Returns (ids [count, length] as lists, forwards per sample, committed tokens per sample).
    Rows whose block holds END are finished; `threshold` None commits one token a forward.
    """
    count, first = len(prompts), len(prompts[0])
    ids = torch.full((count, first + length), folder.mask)
    stops = torch.tensor(sorted(folder.stops))
    ids[:, :first] = torch.tensor(prompts, dtype=torch.long).reshape(count, first)
    forwards, committed = torch.zeros(count), torch.zeros(count)
    done = torch.zeros(count, dtype=torch.bool)
    for start in range(first, first + length, block):
        stop = min(start + block, first + length)
        while True:
            masked = (ids[:, start:stop] == folder.mask) & ~done[:, None]
            rows = masked.any(1).nonzero()[:, 0]
            if not len(rows):
                break
            hidden = folder.network(ids[rows])[:, start:stop]
            logits = folder.network.head(hidden).float()
            logits[..., folder.mask] = -torch.inf
            noisy = logits
            if temperature > 0:
                uniform = torch.rand(logits.shape, generator=generator).clamp(1e-9, 1 - 1e-7)
                noisy = logits - temperature * torch.log(-torch.log(uniform))
            token = noisy.argmax(-1)
            confidence = logits.softmax(-1).gather(-1, token[..., None])[..., 0]
            chosen = choose(confidence, masked[rows], threshold)
            window = ids[rows, start:stop]
            ids[rows, start:stop] = torch.where(chosen, token, window)
            forwards[rows] += 1
            committed[rows] += chosen.sum(1)
        done |= torch.isin(ids[:, start:stop], stops).any(1)
    ids[ids == folder.mask] = folder.end
    return ids[:, first:].tolist(), forwards, committed
