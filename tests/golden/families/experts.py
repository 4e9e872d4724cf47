"""Networks with mixtures of experts that have no library class, and the published layout of those that have."""

import re

import torch
from torch import nn
from torch.nn import functional

from plain import RmsNorm, attend, rotate

STACKED = re.compile(r"(.*\.mlp\.experts\.)(gate_up_proj|down_proj)$")
SINGLE = re.compile(r"(.*\.mlp\.experts\.)(\d+)\.(gate|up|down)_proj\.weight$")


def split(state):
    """Experts one by one, as published; the classes stack them, gate above up."""
    out = {}
    for name, tensor in state.items():
        match = STACKED.match(name)
        if not match:
            out[name] = tensor
            continue
        for expert, weight in enumerate(tensor):
            stem = f"{match[1]}{expert}."
            if match[2] == "down_proj":
                out[f"{stem}down_proj.weight"] = weight.contiguous()
            else:
                gate, up = weight.chunk(2)
                out[f"{stem}gate_proj.weight"] = gate.contiguous()
                out[f"{stem}up_proj.weight"] = up.contiguous()
    return out


def join(state):
    """The reverse of `split`."""
    out, experts = {}, {}
    for name, tensor in state.items():
        match = SINGLE.match(name)
        if match:
            experts.setdefault(match[1], {})[int(match[2]), match[3]] = tensor
        else:
            out[name] = tensor
    for stem, parts in experts.items():
        ids = sorted({expert for expert, _ in parts})
        up = [torch.cat([parts[e, "gate"], parts[e, "up"]]) for e in ids]
        out[f"{stem}gate_up_proj"] = torch.stack(up)
        out[f"{stem}down_proj"] = torch.stack([parts[e, "down"] for e in ids])
    return out


class Mlp(nn.Module):
    """SwiGLU."""

    def __init__(self, width, inner):
        super().__init__()
        self.gate_proj, self.up_proj = (nn.Linear(width, inner, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


def mix(experts, x, chosen, share):
    """The outputs of each row's experts, by their shares; x [rows, width], chosen [rows, slots]."""
    factors = torch.zeros(len(x), len(experts)).scatter(1, chosen, share)
    return sum(factors[:, e, None] * expert(x) for e, expert in enumerate(experts))


class SoftmaxMixture(nn.Module):
    """LLaDA-MoE's layer: shares are probabilities over all experts, and stay below 1 together."""

    def __init__(self, c):
        super().__init__()
        self.slots, width = c["num_experts_per_tok"], c["hidden_size"]
        self.gate = nn.Linear(width, c["num_experts"], bias=False)
        inner = c["expert_intermediate_size"]
        self.experts = nn.ModuleList(Mlp(width, inner) for _ in range(c["num_experts"]))

    def forward(self, x):
        rows = x.flatten(0, 1)
        share, chosen = self.gate(rows).softmax(-1).topk(self.slots, dim=-1)
        return mix(self.experts, rows, chosen, share).view_as(x)


class LladaMoeLayer(nn.Module):
    """A layer of LLaDA-MoE."""

    def __init__(self, c):
        super().__init__()
        self.theta, width, eps = c["rope_theta"], c["hidden_size"], c["rms_norm_eps"]
        self.size = width // c["num_attention_heads"]
        keys = c["num_key_value_heads"] * self.size
        self.self_attn = a = nn.Module()
        a.q_proj, a.o_proj = (nn.Linear(width, width, bias=False) for _ in range(2))
        a.k_proj, a.v_proj = (nn.Linear(width, keys, bias=False) for _ in range(2))
        a.q_norm, a.k_norm = (RmsNorm(self.size, eps) for _ in range(2))
        self.input_layernorm, self.post_attention_layernorm = (RmsNorm(width, eps) for _ in "12")
        self.mlp = SoftmaxMixture(c)

    def heads(self, x):
        return x.view(*x.shape[:2], -1, self.size).transpose(1, 2)

    def forward(self, x, mask):
        a, y = self.self_attn, self.input_layernorm(x)
        q = rotate(a.q_norm(self.heads(a.q_proj(y))), self.theta)
        k = rotate(a.k_norm(self.heads(a.k_proj(y))), self.theta)
        x = x + a.o_proj(attend(q, k, self.heads(a.v_proj(y)), mask))
        return x + self.mlp(self.post_attention_layernorm(x))


class LladaMoe(nn.Module):
    """LLaDA-MoE (arXiv 2509.24389)."""

    def __init__(self, c):
        super().__init__()
        self.model = m = nn.Module()
        m.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        m.layers = nn.ModuleList(LladaMoeLayer(c) for _ in range(c["num_hidden_layers"]))
        m.norm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        self.lm_head = nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)

    def forward(self, ids, mask):
        x = self.model.embed_tokens(ids)
        for layer in self.model.layers:
            x = layer(x, mask)
        return self.lm_head(self.model.norm(x))


class GroupedRouter(nn.Module):
    """LLaDA2's router: sigmoids, a bias that only has a say in the choice, and groups."""

    def __init__(self, c):
        super().__init__()
        self.c = c
        self.weight = nn.Parameter(torch.zeros(c["num_experts"], c["hidden_size"]))
        self.expert_bias = nn.Parameter(torch.zeros(c["num_experts"]))

    def forward(self, x):
        c = self.c
        scores = (x @ self.weight.T).sigmoid()
        groups = (scores + self.expert_bias).view(len(x), c["n_group"], -1)
        worth = groups.topk(2, dim=-1).values.sum(-1)
        best = worth.topk(c["topk_group"], dim=-1).indices
        shut = torch.ones_like(worth).scatter(1, best, 0).bool()
        open_only = groups.masked_fill(shut[..., None], float("-inf")).flatten(1)
        chosen = open_only.topk(c["num_experts_per_tok"], dim=-1).indices
        share = scores.gather(1, chosen)
        return chosen, share / share.sum(-1, keepdim=True) * c["routed_scaling_factor"]


class SigmoidMixture(nn.Module):
    """LLaDA2's layer of experts, with one that serves all rows."""

    def __init__(self, c):
        super().__init__()
        width, inner = c["hidden_size"], c["moe_intermediate_size"]
        self.gate = GroupedRouter(c)
        self.experts = nn.ModuleList(Mlp(width, inner) for _ in range(c["num_experts"]))
        self.shared_experts = Mlp(width, inner * c["num_shared_experts"])

    def forward(self, x):
        rows = x.flatten(0, 1)
        return mix(self.experts, rows, *self.gate(rows)).view_as(x) + self.shared_experts(x)


class Llada2Layer(nn.Module):
    """A layer of LLaDA2: fused projections, of each head only the first part turns."""

    def __init__(self, c, index):
        super().__init__()
        self.c, self.size, width, eps = c, c["head_dim"], c["hidden_size"], c["rms_norm_eps"]
        self.counts = [c["num_attention_heads"], *[c["num_key_value_heads"]] * 2]
        self.attention = a = nn.Module()
        a.query_key_value = nn.Linear(width, sum(self.counts) * self.size, bias=False)
        a.query_layernorm, a.key_layernorm = (RmsNorm(self.size, eps) for _ in range(2))
        a.dense = nn.Linear(self.counts[0] * self.size, width, bias=False)
        self.input_layernorm, self.post_attention_layernorm = (RmsNorm(width, eps) for _ in "12")
        dense = index < c["first_k_dense_replace"]
        self.mlp = Mlp(width, c["intermediate_size"]) if dense else SigmoidMixture(c)

    def turn(self, x):
        turning = int(self.size * self.c["partial_rotary_factor"])
        return torch.cat([rotate(x[..., :turning], self.c["rope_theta"]), x[..., turning:]], dim=-1)

    def forward(self, x, mask):
        a = self.attention
        qkv = a.query_key_value(self.input_layernorm(x)).view(*x.shape[:2], -1, self.size)
        q, k, v = qkv.transpose(1, 2).split(self.counts, dim=1)
        q, k = self.turn(a.query_layernorm(q)), self.turn(a.key_layernorm(k))
        x = x + a.dense(attend(q, k, v, mask))
        return x + self.mlp(self.post_attention_layernorm(x))


class Llada2(nn.Module):
    """LLaDA2 (arXiv 2512.15745)."""

    def __init__(self, c):
        super().__init__()
        self.model = m = nn.Module()
        m.word_embeddings = nn.Embedding(c["vocab_size"], c["hidden_size"])
        m.layers = nn.ModuleList(Llada2Layer(c, i) for i in range(c["num_hidden_layers"]))
        m.norm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        self.lm_head = nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)

    def forward(self, ids, mask):
        x = self.model.word_embeddings(ids)
        for layer in self.model.layers:
            x = layer(x, mask)
        return self.lm_head(self.model.norm(x))
