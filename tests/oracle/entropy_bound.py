"""The EB-Sampler (handbook 3.4): many easy tokens share one budget of error."""

import numpy as np

from dream import scores
from canvas import Trace, entropy


def entropy_bound(run: Trace, block=None, gamma=0.1, order="entropy") -> None:
    """Commits the first k = max{ k : sum H - max H <= gamma } by the order, at least one."""
    for begin, end in run.blocks(block):
        while open_ := run.masks(begin, end):
            logits = run.model.logits(run.ids)
            tokens, _ = run.propose(logits, open_)
            nats = dict(zip(open_, entropy(logits[open_])))
            measure = {"confidence": "maskgit_plus", "margin": "topk_margin"}.get(order, order)
            surest = scores(measure, logits, open_)
            ranked = sorted(surest, key=lambda i: (-surest[i], i))
            count = 1
            for k in range(1, len(ranked) + 1):
                taken = np.array([nats[i] for i in ranked[:k]])
                if not run.doubt.above(taken.sum() - taken.max(), gamma, strict=True):
                    count = k
            run.step({i: tokens[i] for i in run.doubt.top(surest, count)})
