"""The 40-byte record of a row, in float64: the oracle of the fused head."""

import numpy as np


def records(logits: np.ndarray, current: np.ndarray, mask: int | None, stops: list[int]) -> np.ndarray:
    """Record fields [rows, 10] of `logits` [rows, vocab] at temperature 0, MASK banned, where there is one.

    Columns: top1, top2, samp, l1, l2, lse, ent, l_cur, l_eos, l_samp. Ties go to the lower id;
    l_cur is -inf where the position holds MASK.
    """
    logits = logits.copy()
    if mask is not None:
        logits[:, mask] = -np.inf
    order = np.argsort(-logits, axis=1, kind="stable")
    first, second = order[:, 0], order[:, 1]
    rows = np.arange(len(logits))
    top = logits[rows, first]
    weights = np.exp(logits - top[:, None])
    total = weights.sum(1)
    shifted = np.where(weights > 0, logits - top[:, None], 0.0)
    entropy = np.log(total) - (weights * shifted).sum(1) / total
    lse = top + np.log(total)
    eos = np.logaddexp.reduce(logits[:, stops], axis=1)
    columns = [first, second, first, top, logits[rows, second], lse, np.maximum(entropy, 0.0),
               logits[rows, current], eos, top]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)
