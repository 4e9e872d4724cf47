"""The canvas of a run, the list of its steps, and how near its decisions were to another outcome."""

import numpy as np

# Two networks in float32 never agree to the last bit. Probabilities and logits differ by some 1e-5
# between this one and the engine; a decision that hangs on less than this proves nothing.
CLEAR = 1e-4


class Unclear(Exception):
    """A decision that rounding could turn."""


class Doubt:
    """Takes every decision of a rule, and refuses those that rounding could turn.

    Ties are decided as the handbook says (1.5): the lower position or id first. Here that shows
    only where scores are equal on purpose.
    """

    def _clear(self, *distances):
        closest = min((abs(float(d)) for d in distances), default=np.inf)
        if closest < CLEAR:
            raise Unclear(f"by {closest:.1e}")

    def argmax(self, logits) -> np.ndarray:
        """The largest logit of each row."""
        logits = np.atleast_2d(logits)
        two = -np.partition(-logits, 1, axis=1)[:, :2]
        self._clear(*(two[:, 0] - two[:, 1]))
        return logits.argmax(1)

    def top(self, scores: dict, count: int) -> list[int]:
        """The `count` keys of the largest scores; their order among each other is free."""
        order = sorted(scores, key=lambda key: (-scores[key], key))
        if 0 < count < len(order):
            last, next_ = scores[order[count - 1]], scores[order[count]]
            # What a rule itself sets to nothing is equal in every implementation.
            if not last == next_ == 0.0:
                self._clear(last - next_)
        return order[:count]

    def above(self, value: float, threshold: float, strict: bool = False) -> bool:
        """Whether the value reaches the threshold, or exceeds it."""
        if np.isfinite(threshold):
            self._clear(value - threshold)
        return value > threshold if strict else value >= threshold


class Trace:
    """A run in progress. Positions are absolute; those of `steps` count from the prompt's end."""

    def __init__(self, model, prompt: list[int], length: int):
        self.model, self.start, self.length, self.doubt = model, len(prompt), length, Doubt()
        self.ids = list(prompt) + [model.mask] * length
        self.steps = []

    def masks(self, begin: int = 0, end: int | None = None) -> list[int]:
        """Open positions from `begin` to `end`."""
        end = len(self.ids) if end is None else min(end, len(self.ids))
        return [i for i in range(begin, end) if self.ids[i] == self.model.mask]

    def step(self, commits: dict = {}, reopened=(), spliced=(), filled: dict = {}):
        """One forward's outcome: commits, then what is opened again, then splices
        (at, removed, inserted), then what is filled as padding."""
        assert all(self.ids[i] == self.model.mask for i in commits), "only what is open is committed"
        for position, id in commits.items():
            self.ids[position] = int(id)
        for position in reopened:
            self.ids[position] = self.model.mask
        for at, removed, inserted in spliced:
            self.ids[at : at + removed] = inserted
        for position, id in filled.items():
            self.ids[position] = int(id)
        own = lambda tokens: [[i - self.start, int(tokens[i])] for i in sorted(tokens)]
        changes = {
            "committed": own(commits),
            "reopened": sorted(i - self.start for i in reopened),
            "spliced": [[at - self.start, removed, inserted] for at, removed, inserted in spliced],
            "filled": own(filled),
        }
        self.steps.append({name: change for name, change in changes.items() if change})

    def blocks(self, size: int | None):
        """(begin, end) of the blocks, left to right; without a size the canvas is one."""
        stop, size = self.start + self.length, size or self.length
        return [(begin, min(begin + size, stop)) for begin in range(self.start, stop, size)]

    def propose(self, logits, positions) -> tuple[dict, dict]:
        """Likeliest token and its probability at each of `positions`, from the rows of `logits`."""
        if not len(positions):
            return {}, {}
        rows = logits[positions]
        tokens = self.doubt.argmax(rows)
        sure = softmax(rows)[np.arange(len(rows)), tokens]
        return dict(zip(positions, tokens)), dict(zip(positions, sure))


def softmax(logits) -> np.ndarray:
    """Probabilities of each row."""
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def entropy(logits) -> np.ndarray:
    """Entropy of each row's softmax, in nats."""
    p = softmax(logits)
    return -(p * np.log(np.where(p > 0, p, 1.0))).sum(-1)


def even_split(masks: int, steps: int) -> list[int]:
    """How many tokens each of the steps commits (handbook, 1.4)."""
    return [masks // steps + (j < masks % steps) for j in range(steps)]
