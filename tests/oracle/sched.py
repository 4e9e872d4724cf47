"""SchED (handbook 5.8) over Dream's entropy order: fills the rest once the margin is settled."""

import numpy as np

from dream import scores
from canvas import Trace


def sched(run: Trace, steps, shape="cosine", high=7.5, low=2.5, rate=4.0, epsilon=1e-3,
          patience=0) -> None:
    """Steps must be so few that each commits: the count of skipped forwards is left open."""
    times = np.linspace(1, epsilon, steps + 1)
    before, calm = None, 0
    for j in range(steps):
        open_ = run.masks()
        rows = run.model.logits(run.ids)
        tokens = dict(zip(open_, run.doubt.argmax(rows[open_])))
        two = -np.partition(-rows[open_], 1, axis=1)[:, :2]
        settled = before is not None and all(before[i] == tokens[i] for i in open_)
        calm = calm + 1 if settled else 0
        u = j / (steps - 1)
        limit = {
            "linear": high + (low - high) * u,
            "cosine": low + (high - low) * (1 + np.cos(np.pi * u)) / 2,
            "exp": low + (high - low) * np.exp(-rate * u),
        }[shape]
        if calm > patience and run.doubt.above(np.mean(two[:, 0] - two[:, 1]), limit):
            run.step(tokens)
            return
        share = 1 - times[j + 1] / times[j] if j + 1 < steps else 1.0
        k = int(np.floor(len(open_) * share))
        assert k > 0, "a schedule with a step that commits nothing"
        run.step({i: tokens[i] for i in run.doubt.top(scores("entropy", rows, open_), k)})
        before = tokens
