"""Stopping at an end token (handbook 5.4), over the threshold rule in blocks."""

from threshold import chosen
from canvas import Trace


def stopping(run: Trace, rule, block=None, tau=0.9) -> None:
    for begin, end in run.blocks(block):
        while open_ := run.masks(begin, end):
            tokens, sure = run.propose(run.model.logits(run.ids), open_)
            commits = {i: tokens[i] for i in chosen(run, sure, tau)}
            after = [commits.get(i, id) for i, id in enumerate(run.ids)]
            last = end_at(run, rule, after, begin, end)
            behind = range(len(after) if last is None else last + 1, len(after))
            run.step(commits, filled={i: run.model.eos for i in behind if after[i] != run.model.eos})
            if last is not None:
                return


def end_at(run, rule, ids, begin, end) -> int | None:
    """The position behind which nothing is decoded any more."""
    stops = [i for i in range(run.start, len(ids)) if ids[i] == run.model.eos]
    full = run.model.mask not in ids[begin:end]
    if rule == "first_open":  # nothing before the first stop token is open
        return stops[0] if stops and run.model.mask not in ids[run.start : stops[0]] else None
    if rule == "block":  # the block is full and holds one
        return stops[0] if full and any(begin <= i < end for i in stops) else None
    if rule == "anywhere_after_block":  # a block is full and one is anywhere
        return stops[0] if full and stops else None
    assert rule == "whole_block"
    return begin if all(id == run.model.eos for id in ids[begin:end]) else None
