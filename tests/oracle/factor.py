"""The factor rule of Fast-dLLM v1 (handbook 3.2): the formula, without the quirk of the last rank."""

from canvas import Trace


def factor(run: Trace, block=None, f=1.0) -> None:
    """Commits n* = max{ n : (n + 1)(1 - q_n) < f } of the surest, at least one."""
    for begin, end in run.blocks(block):
        while open_ := run.masks(begin, end):
            tokens, sure = run.propose(run.model.logits(run.ids), open_)
            ranked = sorted(sure, key=lambda i: (-sure[i], i))
            passing = [
                n
                for n, i in enumerate(ranked, 1)
                if run.doubt.above(sure[i], 1 - f / (n + 1), strict=True)
            ]
            run.step({i: tokens[i] for i in run.doubt.top(sure, max(passing, default=1))})
