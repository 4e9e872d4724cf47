"""Networks for which no library class exists, written from their papers and model cards."""

import torch
from torch import nn
from torch.nn import functional


def rotate(x, theta, bf16=False):
    """Rotary embedding of x [count, heads, length, dim], pairs (i, i + dim / 2)."""
    length, dim = x.shape[-2:]
    frequency = theta ** (-torch.arange(0, dim, 2).double() / dim)
    angle = torch.outer(torch.arange(length).float(), frequency.float())
    cos, sin = angle.cos(), angle.sin()
    if bf16:
        cos, sin = cos.bfloat16().float(), sin.bfloat16().float()
    first, second = x[..., : dim // 2], x[..., dim // 2 :]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def attend(q, k, v, mask):
    """Softmax attention; fewer key heads than query heads serve several each."""
    repeat = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1)
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5 + mask
    out = scores.softmax(-1) @ v
    return out.transpose(1, 2).flatten(2)


class RmsNorm(nn.Module):
    """x / rms(x) * weight."""

    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(size)), eps

    def forward(self, x):
        return x * (x.square().mean(-1, keepdim=True) + self.eps).rsqrt() * self.weight


class LitGptBlock(nn.Module):
    """A layer of SMDM: queries, keys and values of a group lie beside each other."""

    def __init__(self, c):
        super().__init__()
        self.c, self.size = c, c["n_embd"] // c["n_head"]
        width = (c["n_head"] + 2 * c["n_query_groups"]) * self.size
        self.norm_1, self.norm_2 = (RmsNorm(c["n_embd"], c["norm_eps"]) for _ in range(2))
        self.attn = nn.Module()
        self.attn.attn = nn.Linear(c["n_embd"], width, bias=False)
        self.attn.proj = nn.Linear(c["n_embd"], c["n_embd"], bias=False)
        self.mlp = nn.Module()
        self.mlp.swiglu = nn.Module()
        self.mlp.swiglu.w1 = nn.Linear(c["n_embd"], c["intermediate_size"], bias=False)
        self.mlp.swiglu.w2 = nn.Linear(c["n_embd"], c["intermediate_size"], bias=False)
        self.mlp.swiglu.w3 = nn.Linear(c["intermediate_size"], c["n_embd"], bias=False)

    def forward(self, x, mask):
        count, length, _ = x.shape
        groups = self.c["n_query_groups"]
        per_group = self.c["n_head"] // groups
        qkv = self.attn.attn(self.norm_1(x)).view(count, length, groups, per_group + 2, self.size)
        q, k, v = qkv.permute(0, 2, 3, 1, 4).split((per_group, 1, 1), dim=2)
        q = q.reshape(count, -1, length, self.size)
        k, v = k.reshape(count, -1, length, self.size), v.reshape(count, -1, length, self.size)
        q, k = rotate(q, 10000.0, bf16=True), rotate(k, 10000.0, bf16=True)
        x = x + self.attn.proj(attend(q, k, v, mask))
        w = self.mlp.swiglu
        y = self.norm_2(x)
        return x + w.w3(functional.silu(w.w1(y)) * w.w2(y))


class Smdm(nn.Module):
    """SMDM (Nie et al. 2024, arXiv 2410.18514): MASK has a row in the embedding alone."""

    def __init__(self, c):
        super().__init__()
        self.transformer = nn.Module()
        self.transformer.wte = nn.Embedding(c["padded_vocab_size"] + 1, c["n_embd"])
        self.transformer.h = nn.ModuleList(LitGptBlock(c) for _ in range(c["n_layer"]))
        self.transformer.ln_f = RmsNorm(c["n_embd"], c["norm_eps"])
        self.lm_head = nn.Linear(c["n_embd"], c["padded_vocab_size"], bias=False)

    def forward(self, ids, mask):
        x = self.transformer.wte(ids)
        for block in self.transformer.h:
            x = block(x, mask)
        return self.lm_head(self.transformer.ln_f(x))


class LladaBlock(nn.Module):
    """A layer of LLaDA, under OLMo's names."""

    def __init__(self, c):
        super().__init__()
        self.c, self.size = c, c["d_model"] // c["n_heads"]
        width, keys, inner = c["d_model"], c["n_kv_heads"] * self.size, c["mlp_hidden_size"]
        self.attn_norm, self.ff_norm = (RmsNorm(width, c["rms_norm_eps"]) for _ in range(2))
        self.q_proj, self.attn_out = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.k_proj, self.v_proj = (nn.Linear(width, keys, bias=False) for _ in range(2))
        self.ff_proj, self.up_proj = (nn.Linear(width, inner, bias=False) for _ in range(2))
        self.ff_out = nn.Linear(inner, width, bias=False)

    def heads(self, x):
        return x.view(*x.shape[:2], -1, self.size).transpose(1, 2)

    def forward(self, x, mask):
        y = self.attn_norm(x)
        q, k = (rotate(self.heads(p(y)), self.c["rope_theta"]) for p in (self.q_proj, self.k_proj))
        x = x + self.attn_out(attend(q, k, self.heads(self.v_proj(y)), mask))
        y = self.ff_norm(x)
        return x + self.ff_out(functional.silu(self.ff_proj(y)) * self.up_proj(y))


class Llada(nn.Module):
    """LLaDA (Nie et al. 2025, arXiv 2502.09992)."""

    def __init__(self, c):
        super().__init__()
        self.model = nn.Module()
        self.model.transformer = inner = nn.Module()
        inner.wte = nn.Embedding(c["embedding_size"], c["d_model"])
        inner.blocks = nn.ModuleList(LladaBlock(c) for _ in range(c["n_layers"]))
        inner.ln_f = RmsNorm(c["d_model"], c["rms_norm_eps"])
        inner.ff_out = nn.Linear(c["d_model"], c["embedding_size"], bias=False)

    def forward(self, ids, mask):
        inner = self.model.transformer
        x = inner.wte(ids)
        for block in inner.blocks:
            x = block(x, mask)
        return inner.ff_out(inner.ln_f(x))


class DitBlock(nn.Module):
    """A layer of MDLM: norms and residuals are modulated by the noise level."""

    def __init__(self, c):
        super().__init__()
        self.heads, width, cond = c["n_heads"], c["hidden_dim"], c["cond_dim"]
        self.norm1, self.norm2 = (nn.LayerNorm(width, bias=False) for _ in range(2))
        self.attn_qkv = nn.Linear(width, 3 * width, bias=False)
        self.attn_out = nn.Linear(width, width, bias=False)
        gelu = nn.GELU(approximate="tanh")
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), gelu, nn.Linear(4 * width, width))
        self.adaLN_modulation = nn.Linear(cond, 6 * width)

    def forward(self, x, c, mask):
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = self.adaLN_modulation(c).chunk(6, -1)
        qkv = self.attn_qkv(self.norm1(x) * (1 + scale_a) + shift_a)
        qkv = qkv.view(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = rotate(qkv[0], 10000.0), rotate(qkv[1], 10000.0), qkv[2]
        x = x + gate_a * self.attn_out(attend(q, k, v, mask))
        return x + gate_m * self.mlp(self.norm2(x) * (1 + scale_m) + shift_m)


def build_dit(b, c):
    """The parts of a modulated transformer, as attributes of `b`."""
    cond, width = c["cond_dim"], c["hidden_dim"]
    b.vocab_embed = nn.Module()
    b.vocab_embed.embedding = nn.Parameter(torch.randn(c["vocab_size"], width))
    b.sigma_map = nn.Module()
    b.sigma_map.mlp = nn.Sequential(nn.Linear(256, cond), nn.SiLU(), nn.Linear(cond, cond))
    b.blocks = nn.ModuleList(DitBlock(c) for _ in range(c["n_blocks"]))
    b.output_layer = o = nn.Module()
    o.norm_final = nn.LayerNorm(width, bias=False)
    o.linear = nn.Linear(width, c["vocab_size"])
    o.adaLN_modulation = nn.Linear(cond, 2 * width)


def run_dit(b, ids, mask, sigma):
    """The head's output at noise level `sigma` [1]."""
    frequency = torch.exp(-torch.log(torch.tensor(10000.0)) * torch.arange(128) / 128)
    angle = sigma * frequency
    c = functional.silu(b.sigma_map.mlp(torch.cat([angle.cos(), angle.sin()])))
    x = b.vocab_embed.embedding[ids]
    for block in b.blocks:
        x = block(x, c, mask)
    shift, scale = b.output_layer.adaLN_modulation(c).chunk(2, -1)
    return b.output_layer.linear(b.output_layer.norm_final(x) * (1 + scale) + shift)


class Dit(nn.Module):
    """MDLM (Sahoo et al. 2024, arXiv 2406.07524) and BD3-LM (arXiv 2503.09573), at noise level 0."""

    def __init__(self, c):
        super().__init__()
        self.backbone = nn.Module()
        build_dit(self.backbone, c)

    def forward(self, ids, mask):
        return run_dit(self.backbone, ids, mask, torch.zeros(1))


class Sedd(nn.Module):
    """SEDD (Lou et al. 2024, arXiv 2310.16834) whose noise absorbs, at the level at which as many tokens are
    absorbed on average as there are masks, among those of a sampler of 1024 steps."""

    def __init__(self, c):
        super().__init__()
        sizes = c["model"]
        names = {"hidden_dim": sizes["hidden_size"], "vocab_size": c["tokens"] + 1}
        build_dit(self, {**sizes, **names})
        self.mask_id = c["tokens"]

    def forward(self, ids, mask):
        time = ((ids == self.mask_id).double().mean() * 1024).round() / 1024
        sigma = -torch.log1p(-(1 - 1e-3) * time)
        return run_dit(self, ids, mask, sigma.float()[None])
