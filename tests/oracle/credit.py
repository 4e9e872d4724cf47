"""CreditDecoding (handbook 3.5) in its dense form: a credit for every position and token."""

import numpy as np

from threshold import chosen
from canvas import Trace, softmax


def credit(run: Trace, block=None, tau=0.9, alpha=0.7, beta=0.8, gamma=0.2) -> None:
    for begin, end in run.blocks(block):
        earned = np.zeros((len(run.ids), run.model.vocab))
        first = True
        while open_ := run.masks(begin, end):
            logits = run.model.logits(run.ids)
            if not first:
                earned *= beta
            first = False
            raw = softmax(logits[open_])
            for row, i in enumerate(open_):
                likeliest = run.doubt.argmax(logits[i])[0]
                earned[i, likeliest] += raw[row, likeliest] ** gamma
            tokens, sure = run.propose(logits + alpha * np.log1p(earned), open_)
            run.step({i: tokens[i] for i in chosen(run, sure, tau)})
