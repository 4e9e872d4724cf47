"""LLaDA's sampler (handbook 2.1): even split, the surest of the block, over the whole sequence."""

import numpy as np

from chance import ORDER, gumbel, row_key, uniform
from canvas import Trace, even_split, softmax


def llada(run: Trace, block=None, steps=None, temperature=0.0, seed=0, cfg=0.0,
          eos_last=False, eos_banned=False, order="low_confidence") -> None:
    """`steps` are those of the whole canvas, shared among its blocks."""
    count = run.length // (block or run.length)
    for begin, end in run.blocks(block):
        for k in even_split(len(run.masks(begin, end)), (steps or run.length) // count):
            if k == 0:
                continue  # nothing changes, so the forward is not needed
            logits = guided(run, cfg)
            if eos_banned:
                logits[:, run.model.eos] = -np.inf
            # The reference draws for every row; those of open positions of the block are read.
            open_, tokens, sure = run.masks(begin, end), {}, {}
            for i in open_:
                key = row_key(seed, len(run.steps), i)
                tokens[i] = int(run.doubt.argmax(noisy(logits[i], temperature, key))[0])
                row = logits[i].copy()
                if eos_last:  # dropped after the token is chosen: its confidence is 0
                    row[run.model.eos] = -np.inf
                sure[i] = uniform(key, ORDER) if order == "random" else softmax(row)[tokens[i]]
            run.step({i: tokens[i] for i in run.doubt.top(sure, k)})


def noisy(logits, temperature, key) -> np.ndarray:
    """What an exact sample of the softmax at the temperature is the largest of."""
    if temperature == 0.0:
        return logits
    return logits + temperature * np.array([gumbel(key, token) for token in range(len(logits))])


def guided(run, cfg) -> np.ndarray:
    """Classifier-free guidance: away from what the network says without the prompt."""
    logits = run.model.logits(run.ids)
    if cfg == 0.0:
        return logits
    without = [run.model.mask] * run.start + run.ids[run.start :]
    base = run.model.logits(without)
    logits[:, run.model.mask] = base[:, run.model.mask] = 0.0  # -inf minus -inf is no number
    logits = base + (cfg + 1) * (logits - base)
    logits[:, run.model.mask] = -np.inf
    return logits
