"""Networks without a `transformers` class, written once more by another hand.

`plain.py` and `experts.py`, which make the committed logits, are of the hand that wrote the engine.
Each function here takes a checkpoint's tensors as they are stored, its config.json and ids to
logits [length, vocabulary], in float64 and without modules. What was read for it is the family's
own modelling code (or, where that could not be had, its description), neither those two files nor
the engine. `test_independent.py` holds the committed logits to it.

    LLaDA      GSAI-ML/LLaDA-8B-Instruct (described)               arXiv 2502.09992
    LLaDA-MoE  inclusionAI/LLaDA-MoE-7B-A1B, modeling_lladamoe.py  arXiv 2509.24389
    LLaDA2     inclusionAI/LLaDA2.0, modeling_llada2_moe.py        arXiv 2512.15745
    WeDLM      tencent/WeDLM-8B-Instruct, modeling_wedlm.py
    SMDM       ML-GSAI/SMDM (described)                            arXiv 2410.18514
"""

import math

import torch
from torch.nn import functional

# LLaDA2's config.json does not say its block: the published sampler's default.
LLADA2_BLOCK = 32


def rms_norm(x, weight, eps):
    """x over the root of its mean square along the last axis, times weight."""
    return weight * x / (x.square().mean(-1, keepdim=True) + eps).sqrt()


def rotate(x, positions, theta, width, kept=torch.float64):
    """RoPE of the first `width` of each head's numbers, half-split; x is [heads, length, head_dim].

    `kept` is the type in which cosines and sines are.
    """
    pairs = width // 2
    frequency = theta ** (-torch.arange(pairs, dtype=x.dtype) / pairs)
    angle = torch.outer(positions.to(x), frequency)
    turn = torch.complex(angle.cos().to(kept).to(x), angle.sin().to(kept).to(x))
    pair = torch.complex(x[..., :pairs], x[..., pairs:width]) * turn
    return torch.cat([pair.real, pair.imag, x[..., width:]], -1)


def attend(query, key, value, sees):
    """Softmax attention of [heads, length, head_dim], keys shared by groups of query heads.

    `sees[q, k]` says whether query q sees key k; the result is [length, heads · head_dim].
    """
    group = query.shape[0] // key.shape[0]
    heads = []
    for head, rows in enumerate(query):
        scores = rows @ key[head // group].T / math.sqrt(rows.shape[-1])
        heads.append(scores.masked_fill(~sees, -math.inf).softmax(-1) @ value[head // group])
    return torch.cat(heads, -1)


def gated(x, gate, up, down):
    """down(silu(gate(x)) · up(x))."""
    return (functional.silu(x @ gate.T) * (x @ up.T)) @ down.T


def swiglu(x, tensors, name):
    """`gated` by the three matrices found under `name`."""
    return gated(x, *(tensors[f"{name}.{part}_proj.weight"] for part in ("gate", "up", "down")))


def split_heads(x, head_dim):
    """[length, heads · head_dim] as [heads, length, head_dim]."""
    return x.unflatten(-1, (-1, head_dim)).transpose(0, 1)


def serve(x, choices, tensors, name):
    """Each row's experts, one by one; `choices[row]` lists pairs of an expert and its weight."""
    rows = []
    for row, chosen in zip(x, choices):
        served = [weight * swiglu(row, tensors, f"{name}.experts.{e}") for e, weight in chosen]
        rows.append(sum(served))
    return torch.stack(rows)


def softmax_choices(x, tensors, config, name):
    """LLaDA-MoE's router: the likeliest experts, weighted by their share of all, which is kept."""
    shares = (x @ tensors[f"{name}.gate.weight"].T).softmax(-1)
    count = config["num_experts_per_tok"]
    order = shares.argsort(-1, descending=True)[:, :count].tolist()
    return [[(e, row[e]) for e in chosen] for row, chosen in zip(shares, order)]


def grouped_choices(x, tensors, config, name):
    """LLaDA2's router: sigmoids, groups by the sum of their two best, experts of the best groups.

    The bias has a say in which are chosen and none in how much they weigh.
    """
    scores = (x @ tensors[f"{name}.gate.weight"].T).sigmoid()
    biased = scores + tensors[f"{name}.gate.expert_bias"]
    size = config["num_experts"] // config["n_group"]
    choices = []
    for row, rank in zip(scores, biased.tolist()):
        groups = [list(range(g, g + size)) for g in range(0, len(rank), size)]
        groups.sort(key=lambda group: -sum(sorted(rank[e] for e in group)[-2:]))
        allowed = [e for group in groups[: config["topk_group"]] for e in group]
        allowed.sort(key=lambda e: -rank[e])
        chosen = allowed[: config["num_experts_per_tok"]]
        total = sum(row[e] for e in chosen) + 1e-20
        scale = config["routed_scaling_factor"]
        choices.append([(e, scale * row[e] / total) for e in chosen])
    return choices


def everything(length):
    """Every position sees every other."""
    return torch.ones(length, length, dtype=torch.bool)


def blocks(length, size):
    """A position sees its own block, counted from position 0, and those before it."""
    block = torch.arange(length) // size
    return block[:, None] >= block[None, :]


def llada(tensors, config, ids):
    """Llama's block under OLMo's names, seen in both directions."""
    eps, width = config["rms_norm_eps"], config["d_model"] // config["n_heads"]
    positions, sees = torch.arange(len(ids)), everything(len(ids))
    x = tensors["model.transformer.wte.weight"][ids]
    for layer in range(config["n_layers"]):
        prefix = f"model.transformer.blocks.{layer}."
        part = {
            name.removeprefix(prefix).removesuffix(".weight"): tensor
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }
        read = rms_norm(x, part["attn_norm"], eps)
        query, key, value = (split_heads(read @ part[f"{p}_proj"].T, width) for p in "qkv")
        turned = (rotate(rows, positions, config["rope_theta"], width) for rows in (query, key))
        x = x + attend(*turned, value, sees) @ part["attn_out"].T
        read = rms_norm(x, part["ff_norm"], eps)
        x = x + gated(read, part["ff_proj"], part["up_proj"], part["ff_out"])
    x = rms_norm(x, tensors["model.transformer.ln_f.weight"], eps)
    return x @ tensors["model.transformer.ff_out.weight"].T


def llada_moe(tensors, config, ids):
    """OLMoE's block with norms of single heads, seen in both directions."""
    eps, theta = config["rms_norm_eps"], config["rope_theta"]
    width = config["hidden_size"] // config["num_attention_heads"]
    positions, sees = torch.arange(len(ids)), everything(len(ids))
    x = tensors["model.embed_tokens.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        name = f"model.layers.{layer}"
        read = rms_norm(x, tensors[f"{name}.input_layernorm.weight"], eps)
        query, key, value = (
            split_heads(read @ tensors[f"{name}.self_attn.{part}_proj.weight"].T, width)
            for part in "qkv"
        )
        query = rms_norm(query, tensors[f"{name}.self_attn.q_norm.weight"], eps)
        key = rms_norm(key, tensors[f"{name}.self_attn.k_norm.weight"], eps)
        turned = (rotate(part, positions, theta, width) for part in (query, key))
        x = x + attend(*turned, value, sees) @ tensors[f"{name}.self_attn.o_proj.weight"].T
        read = rms_norm(x, tensors[f"{name}.post_attention_layernorm.weight"], eps)
        if config["moe_layer_freq"][layer]:
            choices = softmax_choices(read, tensors, config, f"{name}.mlp")
            x = x + serve(read, choices, tensors, f"{name}.mlp")
        else:
            x = x + swiglu(read, tensors, f"{name}.mlp")
    return rms_norm(x, tensors["model.norm.weight"], eps) @ tensors["lm_head.weight"].T


def llada2(tensors, config, ids):
    """Queries, keys and values of one product, half a head turned; blocks see what is before."""
    eps, width = config["rms_norm_eps"], config["head_dim"]
    turning = int(width * config["partial_rotary_factor"])
    heads, shared = config["num_attention_heads"], config["num_key_value_heads"]
    positions, sees = torch.arange(len(ids)), blocks(len(ids), LLADA2_BLOCK)
    x = tensors["model.word_embeddings.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        name = f"model.layers.{layer}"
        read = rms_norm(x, tensors[f"{name}.input_layernorm.weight"], eps)
        fused = split_heads(read @ tensors[f"{name}.attention.query_key_value.weight"].T, width)
        query, key, value = fused.split([heads, shared, shared])
        query = rms_norm(query, tensors[f"{name}.attention.query_layernorm.weight"], eps)
        key = rms_norm(key, tensors[f"{name}.attention.key_layernorm.weight"], eps)
        turned = (rotate(part, positions, config["rope_theta"], turning) for part in (query, key))
        x = x + attend(*turned, value, sees) @ tensors[f"{name}.attention.dense.weight"].T
        read = rms_norm(x, tensors[f"{name}.post_attention_layernorm.weight"], eps)
        if layer < config["first_k_dense_replace"]:
            x = x + swiglu(read, tensors, f"{name}.mlp")
        else:
            choices = grouped_choices(read, tensors, config, f"{name}.mlp")
            x = x + serve(read, choices, tensors, f"{name}.mlp")
            x = x + swiglu(read, tensors, f"{name}.mlp.shared_experts")
    return rms_norm(x, tensors["model.norm.weight"], eps) @ tensors["lm_head.weight"].T


def wedlm(tensors, config, ids):
    """Causal over the known tokens in their order, then the masks in theirs, at true positions."""
    eps, theta = config["rms_norm_eps"], config["rope_theta"]
    width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    known = [i for i, token in enumerate(ids) if token != config["mask_token_id"]]
    masked = [i for i, token in enumerate(ids) if token == config["mask_token_id"]]
    positions = torch.tensor(known + masked)
    x = tensors["model.embed_tokens.weight"][ids][positions]
    sees = everything(len(ids)).tril()
    for layer in range(config["num_hidden_layers"]):
        name = f"model.layers.{layer}"
        read = rms_norm(x, tensors[f"{name}.input_layernorm.weight"], eps)
        parts = {}
        for part in "qkv":
            parts[part] = read @ tensors[f"{name}.self_attn.{part}_proj.weight"].T
            if config["attention_bias"]:
                parts[part] = parts[part] + tensors[f"{name}.self_attn.{part}_proj.bias"]
            parts[part] = split_heads(parts[part], width)
            if part != "v":
                if config["qk_norm"]:
                    norm = tensors[f"{name}.self_attn.{part}_norm.weight"]
                    parts[part] = rms_norm(parts[part], norm, eps)
                parts[part] = rotate(parts[part], positions, theta, width)
        read = attend(*parts.values(), sees)
        x = x + read @ tensors[f"{name}.self_attn.o_proj.weight"].T
        read = rms_norm(x, tensors[f"{name}.post_attention_layernorm.weight"], eps)
        x = x + swiglu(read, tensors, f"{name}.mlp")
    x = rms_norm(x, tensors["model.norm.weight"], eps) @ tensors["lm_head.weight"].T
    return x[positions.argsort()]


def smdm(tensors, config, ids):
    """lit-gpt's block: a group's queries stand before its key and value; turns are kept in bf16."""
    eps, groups = config["norm_eps"], config["n_query_groups"]
    width = config["n_embd"] // config["n_head"]
    positions, sees = torch.arange(len(ids)), everything(len(ids))
    x = tensors["transformer.wte.weight"][ids]
    for layer in range(config["n_layer"]):
        name = f"transformer.h.{layer}"
        read = rms_norm(x, tensors[f"{name}.norm_1.weight"], eps)
        fused = split_heads(read @ tensors[f"{name}.attn.attn.weight"].T, width)
        fused = fused.unflatten(0, (groups, -1))
        query, key, value = fused[:, :-2].flatten(0, 1), fused[:, -2], fused[:, -1]
        turned = (rotate(rows, positions, 10_000.0, width, torch.bfloat16) for rows in (query, key))
        x = x + attend(*turned, value, sees) @ tensors[f"{name}.attn.proj.weight"].T
        read = rms_norm(x, tensors[f"{name}.norm_2.weight"], eps)
        x = x + gated(read, *(tensors[f"{name}.mlp.swiglu.w{n}.weight"] for n in (1, 2, 3)))
    return rms_norm(x, tensors["transformer.ln_f.weight"], eps) @ tensors["lm_head.weight"].T
