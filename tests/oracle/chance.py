"""Random numbers by the rule that `crates/engine/src/random.rs` documents.

A function of (seed, step, position, token): lowbias32 mixed over the key, so that no order of
evaluation matters.
"""

import numpy as np

# Stands where a token stands in the key, in the numbers that decide about a position's turn.
ORDER = 0xFFFFFFFF
WORD = 0xFFFFFFFF


def mix(x: int) -> int:
    """One round of the mixer."""
    x ^= x >> 16
    x = x * 0x21F0AAAD & WORD
    x ^= x >> 15
    x = x * 0xD35A2D97 & WORD
    return x ^ (x >> 15)


def row_key(seed: int, step: int, position: int) -> int:
    """What all tokens of one row share."""
    key = mix((seed & WORD) + 0x9E3779B9 & WORD)
    for part in (seed >> 32, step, position):
        key = mix(part + key & WORD)
    return key


def uniform(key: int, token: int) -> float:
    """Uniform in (0, 1)."""
    return (mix(token + key & WORD) + 0.5) / 2.0**32


def gumbel(key: int, token: int) -> float:
    """Standard Gumbel noise: -ln(-ln(1 - w))."""
    return -np.log(-np.log1p(-uniform(key, token)))
