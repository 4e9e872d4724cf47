"""WINO (handbook 4.1): drafts boldly, and verifies through shadow masks in the same forward."""

import numpy as np

from canvas import Trace, softmax


def wino(run: Trace, block=None, tau1=0.6, tau2=0.9) -> None:
    for begin, end in run.blocks(block):
        last = 30
        while open_ := run.masks(begin, end):
            logits, shadows = forward(run, begin, end)
            tokens, sure = run.propose(logits, open_)
            accept = [i for i in open_ if run.doubt.above(sure[i], tau1, strict=True)]
            cap = min(max(int(0.7 * len(open_)), 5), 20)
            if len(accept) > cap:
                accept = run.doubt.top({i: sure[i] for i in accept}, cap)
            accept = accept or run.doubt.top(sure, 1)
            reopened = []
            if len(accept) > 1:
                doubted = doubts(run, shadows, begin, end, tau2)
                # Fewer than the step before accepted, so that every two steps gain something.
                most = last - 1 if len(doubted) >= last else len(doubted)
                reopened = run.doubt.top(doubted, most)
            run.step({i: tokens[i] for i in accept}, reopened)
            last = len(accept)


def doubts(run, shadows, begin, end, tau2) -> dict:
    """Written positions of the block that their shadow rows doubt, with minus their probability."""
    written = [i for i in range(begin, end) if run.ids[i] != run.model.mask]
    back = {i: softmax(shadows[i - begin])[run.ids[i]] for i in written}
    return {i: -back[i] for i in written if not run.doubt.above(back[i], tau2)}


def forward(run, begin, end):
    """Logits of the sequence and of a shadow block of masks behind it, at the block's positions.

    No ordinary row sees a shadow. Shadow j sees everything but the block's position j, and the
    shadow block.
    """
    length, size = len(run.ids), end - begin
    sees = np.ones((length + size, length + size), dtype=bool)
    sees[:length, length:] = False
    sees[length + np.arange(size), begin + np.arange(size)] = False
    positions = [*range(length), *range(begin, end)]
    logits = run.model.logits(run.ids + [run.model.mask] * size, positions, sees)
    return logits[:length], logits[length:]
