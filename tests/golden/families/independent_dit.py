"""The DiT line written once more by another hand, as `independent.py` has the others.

    MDLM    kuleshov-group/mdlm-owt (described)           arXiv 2406.07524
    BD3-LM  kuleshov-group/bd3lm-owt (described)          arXiv 2503.09573
    SEDD    louaaron/sedd-small, model/transformer.py,
            noise_lib.py, graph_lib.py, sampling.py       arXiv 2310.16834
"""

import math

import torch
from torch.nn import functional

from independent import attend, blocks, everything, rotate, split_heads

# Waves that stand for a noise level, and the period of the slowest.
WAVES, PERIOD = 128, 10_000
# SEDD's published sampler takes so many steps, and its noise masks so much at most.
STEPS, MOST_MASKED = 1024, 1 - 1e-3


def layer_norm(x, weight):
    """x without its mean, over its standard deviation, times weight; no bias."""
    centred = x - x.mean(-1, keepdim=True)
    return weight * centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()


def linear(x, tensors, name):
    """W x + b."""
    return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]


def level_vector(tensors, sigma):
    """What every layer is told of the noise level `sigma`."""
    angle = sigma * PERIOD ** (-torch.arange(WAVES, dtype=torch.float64) / WAVES)
    inner = linear(torch.cat([angle.cos(), angle.sin()]), tensors, "sigma_map.mlp.0")
    return functional.silu(linear(functional.silu(inner), tensors, "sigma_map.mlp.2"))


def dit(tensors, ids, heads, sees, sigma):
    """The network at the noise level `sigma`: logits [length, vocabulary]."""
    level = level_vector(tensors, sigma)
    positions = torch.arange(len(ids))
    x = tensors["vocab_embed.embedding"][ids]
    width = x.shape[-1] // heads
    layers = sum(name.endswith("attn_out.weight") for name in tensors)
    for name in (f"blocks.{layer}" for layer in range(layers)):
        told = linear(level, tensors, f"{name}.adaLN_modulation").chunk(6)
        shift, scale, gate = told[:3]
        read = layer_norm(x, tensors[f"{name}.norm1.weight"]) * (1 + scale) + shift
        fused = (read @ tensors[f"{name}.attn_qkv.weight"].T).chunk(3, -1)
        query, key, value = (split_heads(part, width) for part in fused)
        turned = (rotate(part, positions, 10_000.0, width) for part in (query, key))
        x = x + gate * (attend(*turned, value, sees) @ tensors[f"{name}.attn_out.weight"].T)
        shift, scale, gate = told[3:]
        read = layer_norm(x, tensors[f"{name}.norm2.weight"]) * (1 + scale) + shift
        inner = functional.gelu(linear(read, tensors, f"{name}.mlp.0"), approximate="tanh")
        x = x + gate * linear(inner, tensors, f"{name}.mlp.2")
    shift, scale = linear(level, tensors, "output_layer.adaLN_modulation").chunk(2)
    x = layer_norm(x, tensors["output_layer.norm_final.weight"]) * (1 + scale) + shift
    return linear(x, tensors, "output_layer.linear")


def mdlm(tensors, config, ids):
    """MDLM, and BD3-LM where the config has blocks: neither is told a level, which is 0."""
    tensors = {name.removeprefix("backbone."): tensor for name, tensor in tensors.items()}
    sees = blocks(len(ids), config.get("block_size", len(ids)))
    return dit(tensors, ids, config["n_heads"], sees, 0.0)


def noise_level(ids, mask):
    """The level at which the log-linear noise masks as many tokens on average as are masked here.

    That is -ln(1 - MOST_MASKED · t), t being a time of the sampler's.
    """
    share = sum(token == mask for token in ids) / len(ids)
    time = min(round(share / MOST_MASKED * STEPS), STEPS) / STEPS
    return -math.log1p(-MOST_MASKED * time)


def sedd(tensors, config, ids):
    """SEDD's head at the level of the ids: log-ratios but for what all tokens have in common."""
    heads = config["model"]["n_heads"]
    return dit(tensors, ids, heads, everything(len(ids)), noise_level(ids, config["tokens"]))


def denoised(head, ids, sigma):
    """What the published sampler draws the tokens of the masked rows from, [masks, tokens].

    The class takes ln(exp(sigma) - 1) + ln(vocabulary - 1) off the head and sets the entry of the
    token that is there to 0; the last step weighs these ratios by e^sigma and by the chance to have
    come from a token.
    """
    mask = head.shape[-1] - 1
    log_ratios = head - math.log(math.expm1(sigma)) - math.log(mask)
    rows = torch.tensor([token == mask for token in ids])
    ratios = log_ratios[rows].exp()
    ratios[:, mask] = 1
    weights = ratios * math.exp(sigma) * -math.expm1(-sigma)
    return weights[:, :mask] / weights[:, :mask].sum(-1, keepdim=True)
