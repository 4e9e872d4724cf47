"""The network in plain PyTorch, with the tensor names of Hugging Face's Qwen3.

RMSNorm, grouped heads with QK-norm, half-split RoPE, SwiGLU, tied head. One class for the three
models; which positions see which is an argument of `forward`.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    vocab: int = 4096
    hidden: int = 256
    inner: int = 704
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 64
    theta: float = 10000.0
    epsilon: float = 1e-6
    context: int = 512


class RmsNorm(nn.Module):
    """x / sqrt(mean(x^2) + eps) * weight, in float32."""

    def __init__(self, size: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x):
        return F.rms_norm(x.float(), self.weight.shape, self.weight, self.epsilon).to(x.dtype)


def rope(x, cos, sin):
    """Rotate [batch, heads, length, head_dim] by the angles [length, head_dim / 2]."""
    low, high = x.chunk(2, dim=-1)
    return torch.cat([low * cos - high * sin, high * cos + low * sin], dim=-1)


class Attention(nn.Module):
    """Grouped-query attention with QK-norm."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
        self.q_proj = nn.Linear(shape.hidden, queries, bias=False)
        self.k_proj = nn.Linear(shape.hidden, keys, bias=False)
        self.v_proj = nn.Linear(shape.hidden, keys, bias=False)
        self.o_proj = nn.Linear(queries, shape.hidden, bias=False)
        self.q_norm = RmsNorm(shape.head_dim, shape.epsilon)
        self.k_norm = RmsNorm(shape.head_dim, shape.epsilon)

    def forward(self, x, cos, sin, sees):
        batch, length, _ = x.shape
        split = lambda y: y.view(batch, length, -1, self.shape.head_dim).transpose(1, 2)
        q = rope(self.q_norm(split(self.q_proj(x))), cos, sin)
        k = rope(self.k_norm(split(self.k_proj(x))), cos, sin)
        v = split(self.v_proj(x))
        group = self.shape.heads // self.shape.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        causal = sees == "causal"
        mask = None if isinstance(sees, str) else sees
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
        return self.o_proj(y.transpose(1, 2).reshape(batch, length, -1))


class Mlp(nn.Module):
    """down(silu(gate(x)) * up(x))."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden, shape.inner, bias=False)
        self.up_proj = nn.Linear(shape.hidden, shape.inner, bias=False)
        self.down_proj = nn.Linear(shape.inner, shape.hidden, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    """Attention and MLP, each behind a norm and added to the stream."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.input_layernorm = RmsNorm(shape.hidden, shape.epsilon)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = RmsNorm(shape.hidden, shape.epsilon)
        self.mlp = Mlp(shape)

    def forward(self, x, cos, sin, sees):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, sees)
        return x + self.mlp(self.post_attention_layernorm(x))


class Network(nn.Module):
    """Ids to hidden rows; `head` turns chosen rows into logits."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocab, shape.hidden)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = RmsNorm(shape.hidden, shape.epsilon)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                scale = 0.02 if "embed" in name else parameter.shape[1] ** -0.5
                last = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(parameter, std=scale * ((2 * shape.layers) ** -0.5 if last else 1))

    def forward(self, ids, positions=None, sees="all"):
        """Hidden rows [batch, length, hidden]. `sees`: "all", "causal" or a boolean mask."""
        if positions is None:
            positions = torch.arange(ids.shape[1])
        half = torch.arange(0, self.shape.head_dim, 2) / self.shape.head_dim
        angles = positions[:, None] * self.shape.theta ** -half  # [length, head_dim / 2]
        x = self.embed_tokens(ids)
        if torch.is_autocast_enabled("cpu"):
            x = x.bfloat16()
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        for layer in self.layers:
            x = layer(x, cos, sin, sees)
        return self.norm(x)

    def head(self, rows):
        """Logits [rows, vocab] of hidden rows, through the tied embedding."""
        return F.linear(rows, self.embed_tokens.weight)
