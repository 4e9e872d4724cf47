"""Dream's sampler (handbook 2.2, 1.4): a timestep schedule over the whole canvas, four orders."""

import numpy as np

from canvas import Trace, entropy, softmax
from chance import ORDER, gumbel, row_key, uniform


def dream(run: Trace, order, steps=None, epsilon=1e-3, alg_temp=0.0, seed=0) -> None:
    """Forwards of steps that commit nothing are left out, since nothing changes."""
    steps = steps or run.length
    times = np.linspace(1, epsilon, steps + 1)
    for j in range(steps):
        open_ = run.masks()
        share = 1 - times[j + 1] / times[j] if j + 1 < steps else 1.0
        key = lambda i: row_key(seed, j, i)
        if order == "origin":
            count = None
            drawn = [i for i in open_ if not run.doubt.above(uniform(key(i), ORDER), share)]
        else:
            count = int(np.floor(len(open_) * share))
            drawn = []
        if not (count or drawn):
            continue
        logits = run.model.logits(run.ids)
        tokens = dict(zip(open_, run.doubt.argmax(logits[open_])))
        if count:
            score = scores(order, logits, open_)
            if alg_temp > 0:  # without replacement by softmax(score / alg_temp) is Gumbel's top k
                score = {i: score[i] / alg_temp + gumbel(key(i), ORDER) for i in open_}
            drawn = run.doubt.top(score, count)
        run.step({i: tokens[i] for i in drawn})


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
