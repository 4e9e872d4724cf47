"""Dream's sampler (handbook 2.2, 1.4): a timestep schedule over the whole canvas, four orders."""

import numpy as np

from chance import row_key, uniform
from canvas import Trace, entropy, softmax

# The token that stands for "whether this position is drawn" in the key of its random number.
CHANCE = None


def dream(run: Trace, order, steps=None, epsilon=1e-3, seed=0, chance=CHANCE) -> None:
    """`chance(seed, step, position)` is the uniform number that `origin` compares."""
    steps = steps or run.length
    times = np.linspace(1, epsilon, steps + 1)
    for j in range(steps):
        open_ = run.masks()
        share = 1 - times[j + 1] / times[j] if j + 1 < steps else 1.0
        if order == "origin":
            if not open_:
                break
            drawn = [i for i in open_ if not run.doubt.above(chance(seed, j, i), share)]
        else:
            # The floor of a product that is whole in exact arithmetic would depend on rounding.
            k = int(np.floor(len(open_) * share))
        if order != "origin" and k == 0 or order == "origin" and not drawn:
            continue  # nothing changes, so the forward is not needed
        logits = run.model.logits(run.ids)
        tokens = dict(zip(open_, run.doubt.argmax(logits[open_])))
        chosen = drawn if order == "origin" else run.doubt.top(scores(order, logits, open_), k)
        run.step({i: tokens[i] for i in chosen})


def scores(order, logits, positions) -> dict:
    """How sure each position is, by the order's own measure."""
    rows = logits[positions]
    p = -np.sort(-softmax(rows), axis=1)
    measure = {
        "maskgit_plus": lambda: p[:, 0],
        "topk_margin": lambda: p[:, 0] - p[:, 1],
        "entropy": lambda: -entropy(rows),
    }
    return dict(zip(positions, measure[order]()))
