"""LoPA over the threshold rule (handbook 3.11)."""

import numpy as np

from canvas import Trace
from freedave import look, order
from threshold import chosen


def lopa(run: Trace, block=None, branches=4, tau=0.9) -> None:
    """The canvas and a branch for each of the surest leftovers; the surest of the rest goes on."""
    for begin, end in run.blocks(block):
        left = []  # (position, token), surest first
        while run.masks(begin, end):
            tried = [{}] + [{i: token} for i, token in left]
            looks = [look(run, tokens, begin, end) for tokens in tried]
            means = [np.mean(list(sure.values())) if sure else np.inf for _, sure in looks]
            best = run.doubt.top(dict(enumerate(means)), 1)[0]
            tokens, sure = looks[best]
            # A branch without masks has nothing left to choose from.
            commits = tried[best] | {i: tokens[i] for i in (chosen(run, sure, tau) if sure else [])}
            rest = {i: sure[i] for i in sure if i not in commits}
            left = [(i, tokens[i]) for i in order(run, rest, branches)]
            run.step(commits)
