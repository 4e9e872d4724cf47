"""AdaBlock (handbook 5.1): blocks end at a confident line break; threshold within."""

import numpy as np

from threshold import chosen
from canvas import Trace


def adablock(run: Trace, block=32, tau=0.9, delimiter_tau=0.3) -> None:
    begin, stop = run.start, run.start + run.length
    while begin < stop:
        logits, end = run.model.logits(run.ids), None
        while end is None or run.masks(begin, end):
            if end is None:  # the forward that sizes the block makes its first commit, too
                end = begin + block_length(run, logits, begin, block, delimiter_tau)
            else:
                logits = run.model.logits(run.ids)
            tokens, sure = run.propose(logits, run.masks(begin, end))
            run.step({i: tokens[i] for i in chosen(run, sure, tau)})
        begin = end


def block_length(run, logits, begin, block, delimiter_tau) -> int:
    """Up to the likeliest line break of the window, where it is likely enough."""
    rest = run.start + run.length - begin
    window = range(begin, begin + min(int(np.floor(0.25 * run.length)), rest))
    tokens, sure = run.propose(logits, list(window))
    breaks = {i: sure[i] for i in window if tokens[i] in run.model.line_breaks}
    if not breaks:
        return min(block, rest)
    best = run.doubt.top(breaks, 1)[0]
    reached = run.doubt.above(breaks[best], delimiter_tau)
    return best - begin + 1 if reached else min(block, rest)
