"""The network a layer at a time: what some rows compute, given what is kept of the others."""

import numpy as np
import torch

from canvas import Trace, Unclear


class Layers:
    """`models/tiny` with its layers apart. Rows are float32 tensors [rows, ...]."""

    def __init__(self, model):
        self.model, self.net = model, model.network.model
        self.layers = list(self.net.layers)
        config = model.network.config
        self.heads, self.groups = config.num_attention_heads, config.num_key_value_heads
        self.dim = config.head_dim
        theta = config.rope_parameters["rope_theta"]
        self.speeds = theta ** (-torch.arange(0, self.dim, 2, dtype=torch.float64) / self.dim)

    def embed(self, ids) -> torch.Tensor:
        return self.net.embed_tokens(torch.tensor(np.asarray(ids, dtype=np.int64)))

    def turn(self, x, positions) -> torch.Tensor:
        """Rotates [rows, heads, dim] by position; pairs are (i, i + dim / 2)."""
        angles = torch.tensor(np.asarray(positions), dtype=torch.float64)[:, None] * self.speeds
        cos, sin = angles.cos().float()[:, None], angles.sin().float()[:, None]
        first, second = x.chunk(2, -1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)

    def queries(self, at: int, x, positions) -> torch.Tensor:
        own = self.layers[at].self_attn
        split = own.q_proj(self.layers[at].input_layernorm(x)).view(len(x), self.heads, self.dim)
        return self.turn(own.q_norm(split), positions)

    def keys(self, at: int, x, positions) -> torch.Tensor:
        own = self.layers[at].self_attn
        split = own.k_proj(self.layers[at].input_layernorm(x)).view(len(x), self.groups, self.dim)
        return self.turn(own.k_norm(split), positions)

    def values(self, at: int, x) -> torch.Tensor:
        own = self.layers[at].self_attn
        return own.v_proj(self.layers[at].input_layernorm(x)).view(len(x), self.groups, self.dim)

    def weights(self, q, k) -> torch.Tensor:
        """What each row attends to: [heads, rows, keys]."""
        k = k.repeat_interleave(self.heads // self.groups, 1)
        return (torch.einsum("rhd,khd->hrk", q, k) / self.dim**0.5).softmax(-1)

    def attention(self, at: int, q, k, v) -> torch.Tensor:
        """What attention adds to rows with queries `q`."""
        v = v.repeat_interleave(self.heads // self.groups, 1)
        mixed = torch.einsum("hrk,khd->rhd", self.weights(q, k), v).reshape(len(q), -1)
        return self.layers[at].self_attn.o_proj(mixed)

    def feed(self, at: int, x) -> torch.Tensor:
        """What the feed-forward network adds."""
        return self.layers[at].mlp(self.layers[at].post_attention_layernorm(x))

    def logits(self, x) -> np.ndarray:
        """Float64 logits of the last hidden states, MASK banned."""
        logits = self.model.network.lm_head(self.net.norm(x)).double().numpy()
        logits[:, self.model.mask] = -np.inf
        return logits


def top(scores: torch.Tensor, count: int, clear: float) -> list[int]:
    """The places of the largest scores, the lower of equal ones. Refuses what rounding could turn;
    scores that are equal to the bit are the same number."""
    order = sorted(range(len(scores)), key=lambda i: (-float(scores[i]), i))
    if 0 < count < len(order):
        gap = float(scores[order[count - 1]] - scores[order[count]])
        if 0 < gap < clear:
            raise Unclear(f"which rows, by {gap:.1e}")
    return sorted(order[:count])


def commit(run: Trace, logits: np.ndarray, rows: list[int], open_: list[int], tau: float) -> None:
    """What reaches the threshold, and always the surest; `rows` are the positions of the logits."""
    of_row = dict(zip(rows, logits))
    tokens, sure = run.propose(np.stack([of_row[i] for i in open_]), list(range(len(open_))))
    sure = {i: sure[n] for n, i in enumerate(open_)}
    reached = [i for i in sure if run.doubt.above(sure[i], tau)] or run.doubt.top(sure, 1)
    chosen = {i: tokens[open_.index(i)] for i in reached}
    run.step(chosen)
    run.steps[-1]["sure"] = [round(float(sure[i]), 5) for i in sorted(chosen)]
