"""SDAR's low-confidence decoding (handbook 3.3): static, dynamic and sequential."""

from canvas import Trace, even_split


def sdar(run: Trace, rule, block=None, steps=None, theta=0.9) -> None:
    """`steps` are those of the whole canvas, shared among its blocks."""
    for begin, end in run.blocks(block):
        share = (steps or run.length) * (end - begin) // run.length
        for k in even_split(end - begin, share):
            open_ = run.masks(begin, end)
            if not open_:
                break
            tokens, sure = run.propose(run.model.logits(run.ids), open_)
            high = [i for i in open_ if rule == "dynamic" and run.doubt.above(sure[i], theta, strict=True)]
            if rule == "sequential":
                chosen = open_[:k]
            else:
                chosen = high if len(high) >= k else run.doubt.top(sure, k)
            run.step({i: tokens[i] for i in chosen})
