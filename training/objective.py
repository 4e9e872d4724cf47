"""What is hidden and what is learnt: the three training objectives.

All take a batch of clean ids [batch, length] (padded with END), `start` [batch] (first position
of the answer) and `end` [batch] (first position after it) and return a scalar loss.
"""

import torch
from torch.nn import functional as F

from tokenizer import MASK

RATE_FLOOR = 0.15  # 1/t weights are capped at t = 0.15: rarer draws would only add noise
PADDING_WEIGHT = 0.1  # END after the first END is easy and plentiful
BLOCKS = (4, 8, 16, 32)


def spread_rates(batch: int, generator) -> torch.Tensor:
    """Mask rates in (0, 1], one a sample, evenly spread over the batch to lower the variance."""
    offset = torch.rand((), generator=generator)
    rates = (torch.arange(batch) / batch + offset) % 1.0
    return (1e-3 + (1 - 1e-3) * rates)[torch.randperm(batch, generator=generator)]


def hide_anywhere(inside, rates, generator):
    """LLaDA: every answer position is hidden with the sample's rate."""
    hidden = (torch.rand(inside.shape, generator=generator) < rates[:, None]) & inside
    return hidden, hidden


def hide_from_block(inside, start, end, rates, generator):
    """What a block decoder sees: clean before the block, rate inside, all hidden after it.

    Only the block is learnt; the rest is a state no decoder asks about.
    """
    batch, length = inside.shape
    block = torch.tensor(BLOCKS)[torch.randint(len(BLOCKS), (batch,), generator=generator)]
    blocks = (end - start) // block + 1
    chosen = (torch.rand(batch, generator=generator) * blocks).long()
    first = (start + chosen * block)[:, None]
    last = first + block[:, None]
    at = torch.arange(length)[None]
    window = (at >= first) & (at < last) & inside
    learnt = (torch.rand(inside.shape, generator=generator) < rates[:, None]) & window
    return learnt | ((at >= last) & inside), learnt


def weights(learnt, end, rates, inside):
    """Loss weight of every learnt position; a sample's weights sum to about 1 x its share."""
    at = torch.arange(learnt.shape[1])[None]
    worth = torch.where(at > end[:, None], PADDING_WEIGHT, 1.0)
    return learnt * worth / rates.clamp(min=RATE_FLOOR)[:, None]


def masked_diffusion(network, ids, start, end, generator):
    """The LLaDA objective with half of the batch in block-decoding states."""
    batch, length = ids.shape
    inside = torch.arange(length)[None] >= start[:, None]
    rates = spread_rates(batch, generator)
    anywhere = hide_anywhere(inside, rates, generator)
    block = hide_from_block(inside, start, end, rates, generator)
    take = (torch.rand(batch, 1, generator=generator) < 0.5)
    hidden, learnt = (torch.where(take, b, a) for a, b in zip(anywhere, block))
    rows = network(torch.where(hidden, MASK, ids))[learnt]
    loss = F.cross_entropy(network.head(rows).float(), ids[learnt], reduction="none")
    weight = weights(learnt, end, rates, inside)[learnt]
    return (loss * weight).sum() / weight.sum().clamp(min=1.0)


def block_mask(length: int, block: int) -> torch.Tensor:
    """Who sees whom in [noisy copy, clean copy], both `length` long; boolean [2L, 2L].

    A noisy row sees its own noisy block and the clean blocks before; a clean row sees the clean
    blocks up to its own. Blocks are anchored at position 0.
    """
    number = torch.arange(length) // block
    query, key = number[:, None], number[None, :]
    noisy = torch.cat([query == key, key < query], dim=1)
    clean = torch.cat([torch.zeros_like(query == key), key <= query], dim=1)
    return torch.cat([noisy, clean], dim=0)


def block_diffusion(network, ids, start, end, generator, block: int = 8):
    """SDAR: masked diffusion inside a block, exact left context from the clean copy."""
    batch, length = ids.shape
    inside = torch.arange(length)[None] >= start[:, None]
    rates = spread_rates(batch, generator)
    hidden, learnt = hide_anywhere(inside, rates, generator)
    doubled = torch.cat([torch.where(hidden, MASK, ids), ids], dim=1)
    positions = torch.arange(length).repeat(2)
    rows = network(doubled, positions, block_mask(length, block))[:, :length][learnt]
    loss = F.cross_entropy(network.head(rows).float(), ids[learnt], reduction="none")
    weight = weights(learnt, end, rates, inside)[learnt]
    return (loss * weight).sum() / weight.sum().clamp(min=1.0)


def autoregressive(network, ids, start, end, generator):
    """Next-token prediction of the answer, its END included."""
    at = torch.arange(ids.shape[1] - 1)[None] + 1
    learnt = (at >= start[:, None]) & (at <= end[:, None])
    rows = network(ids[:, :-1], sees="causal")[learnt]
    return F.cross_entropy(network.head(rows).float(), ids[:, 1:][learnt])


OBJECTIVES = {
    "tiny": masked_diffusion, "tiny-block": block_diffusion, "tiny-ar": autoregressive,
}
