"""FreeDave with exact matching (handbook 3.10): the steps of a reference, several a forward."""

from canvas import Trace
from threshold import chosen


def order(run: Trace, sure: dict, count: int) -> list[int]:
    """The `count` surest positions, surest first, where that is clear."""
    found = []
    for k in range(1, min(count, len(sure)) + 1):
        found += [i for i in run.doubt.top(sure, k) if i not in found]
    return found


def look(run: Trace, tokens: dict, begin: int, end: int) -> tuple[dict, dict]:
    """What the network says of the masks of the block once `tokens` are written."""
    ids = list(run.ids)
    for position, id in tokens.items():
        ids[position] = int(id)
    open_ = [i for i in run.masks(begin, end) if i not in tokens]
    return run.propose(run.model.logits(ids), open_)


def freedave(run: Trace, block=None, drafts=3, tau=None) -> None:
    """One token a step, or everything that reaches `tau`."""
    for begin, end in run.blocks(block):
        draft = []  # (position, token), surest first
        while open_ := run.masks(begin, end):
            nested = [dict(draft[:m]) for m in range(min(drafts, len(draft), len(open_) - 1) + 1)]
            looks = [look(run, tokens, begin, end) for tokens in nested]
            commits, at = {}, 0
            while at is not None:
                tokens, sure = looks[at]
                step = chosen(run, sure, tau) if tau else run.doubt.top(sure, 1)
                commits |= {i: tokens[i] for i in step}
                at = next((m for m in range(at + 1, len(nested)) if nested[m] == commits), None)
            rest = {i: sure[i] for i in sure if i not in commits}
            draft = [(i, tokens[i]) for i in order(run, rest, drafts)]
            run.step(commits)
