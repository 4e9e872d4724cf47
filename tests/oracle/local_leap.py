"""LocalLeap (handbook 3.6): asks for less in the neighbourhood of what is sure."""

from canvas import Trace


def local_leap(run: Trace, block=None, tau=0.9, relaxed=0.75, radius=4) -> None:
    for begin, end in run.blocks(block):
        while open_ := run.masks(begin, end):
            tokens, sure = run.propose(run.model.logits(run.ids), open_)
            anchors = [i for i in open_ if run.doubt.above(sure[i], tau)]
            if not anchors:
                run.step({i: tokens[i] for i in run.doubt.top(sure, 1)})
                continue
            near = lambda i: any(abs(i - a) <= radius for a in anchors)
            leap = [i for i in open_ if near(i) and run.doubt.above(sure[i], relaxed)]
            run.step({i: tokens[i] for i in sorted({*anchors, *leap})})
