"""The confidence threshold of Fast-dLLM v1 (handbook 3.1)."""

from canvas import Trace


def chosen(run: Trace, sure: dict, threshold: float) -> list[int]:
    """Everything that reaches the threshold, and always the surest."""
    reached = [i for i in sure if run.doubt.above(sure[i], threshold)]
    # Who is the surest matters only where nobody else is taken.
    return reached or run.doubt.top(sure, 1)


def threshold(run: Trace, block=None, tau=0.9) -> None:
    for begin, end in run.blocks(block):
        while open_ := run.masks(begin, end):
            tokens, sure = run.propose(run.model.logits(run.ids), open_)
            run.step({i: tokens[i] for i in chosen(run, sure, tau)})
