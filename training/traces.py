"""The frozen model as a world to decode in: prompts, states, and runs that a rule decides.

The model answers at temperature 0, so a state has one answer, which is kept: many runs over the
same prompts meet the same states, and only new ones cost a forward.
"""

from dataclasses import dataclass, field

import torch

from corpus.mix import training_items
from decode import Folder
from judge import right

LONGEST_PROMPT = 48
BATCH = 64


@dataclass
class Task:
    """A training item ready to decode: the canvas is longer than the answer by a random number."""

    item: object
    prompt: list[int]
    length: int
    final: list[int] = field(default_factory=list)  # what one token a step makes of the canvas
    steps: int = 0  # forwards that this takes
    is_right: bool = False


def draw_tasks(folder: Folder, mix: str, count: int, random) -> list[Task]:
    """`count` items with a short prompt and one right answer; none touches the exam."""
    tasks = []
    for item in training_items(random, mix):
        prompt = folder.chat(item.prompt)
        if item.check != "story" and 0 < len(prompt) <= LONGEST_PROMPT:
            answer = len(folder.tokenizer.encode(item.answer).ids)
            tasks.append(Task(item, prompt, answer + random.randint(2, 20)))
        if len(tasks) == count:
            return tasks


@dataclass
class Run:
    """One canvas on its way from all open to full."""

    task: Task
    block: int
    ids: list[int]  # behind the prompt
    ends_early: bool = True  # whether END with nothing open before it ends the run at once
    steps: int = 0
    is_done: bool = False

    def window(self, mask: int) -> tuple[int, int]:
        """First position and end of the open block: the leftmost with a mask."""
        start = self.ids.index(mask) // self.block * self.block
        return start, min(start + self.block, len(self.ids))


@dataclass
class State:
    """What a rule sees of several runs, padded to the longest block.

    confidence [runs, block] (1 where there is no position), is_open, present, time [runs] (the part
    of the canvas that is open), proposal [runs, block] (token ids).
    """

    confidence: torch.Tensor
    is_open: torch.Tensor
    present: torch.Tensor
    time: torch.Tensor
    proposal: torch.Tensor


class World:
    """The frozen model and every state that it was asked about."""

    def __init__(self, folder: Folder):
        self.folder = folder
        self.known = {}
        self.forwards = 0

    def begin(self, task: Task, block: int, ends_early: bool = True) -> Run:
        """A run with everything open."""
        return Run(task, block, [self.folder.mask] * task.length, ends_early)

    def look(self, runs: list[Run]) -> State:
        """The open blocks of `runs`."""
        keys = [self.key(run) for run in runs]
        self.ask({key: run for key, run in zip(keys, runs) if key not in self.known})
        mask = self.folder.mask
        width = max(len(self.known[key][0]) for key in keys)
        confidence = torch.ones(len(runs), width)
        is_open = torch.zeros(len(runs), width, dtype=torch.bool)
        present = torch.zeros_like(is_open)
        proposal = torch.full((len(runs), width), -1)
        for row, (key, run) in enumerate(zip(keys, runs)):
            tokens, sure = self.known[key]
            start, stop = run.window(mask)
            confidence[row, : len(sure)] = sure
            proposal[row, : len(sure)] = tokens
            present[row, : len(sure)] = True
            is_open[row, : len(sure)] = torch.tensor(run.ids[start:stop]) == mask
        time = torch.tensor([run.ids.count(mask) / len(run.ids) for run in runs])
        return State(confidence, is_open, present, time, proposal)

    def key(self, run: Run):
        """What the model's answer depends on."""
        return (*run.task.prompt, *run.ids, *run.window(self.folder.mask))

    @torch.no_grad()
    def ask(self, unknown: dict):
        """Forward the states that are not known yet, those of similar length together."""
        order = sorted(unknown.items(), key=lambda pair: len(pair[0]))
        for first in range(0, len(order), BATCH):
            group = order[first : first + BATCH]
            self.forwards += len(group)
            rows = [(*run.task.prompt, *run.ids) for _, run in group]
            longest = max(len(row) for row in rows)
            # Rotations depend on distances only, so padding on the left moves nothing.
            ids = torch.tensor([[0] * (longest - len(row)) + list(row) for row in rows])
            real = torch.tensor([[i >= longest - len(row) for i in range(longest)] for row in rows])
            sees = "all" if bool(real.all()) else real[:, None, None, :]
            hidden = self.folder.network(ids, sees=sees)
            for index, (key, run) in enumerate(group):
                start, stop = run.window(self.folder.mask)
                offset = longest - len(run.ids)
                logits = self.folder.network.head(hidden[index, offset + start : offset + stop])
                logits[:, self.folder.mask] = -torch.inf
                sure, tokens = logits.softmax(-1).max(-1)
                self.known[key] = (tokens, sure)

    def write(self, run: Run, proposal, chosen):
        """Commit the chosen proposals of the open block."""
        start, _ = run.window(self.folder.mask)
        for index in chosen.nonzero()[:, 0].tolist():
            run.ids[start + index] = int(proposal[index])
        run.steps += 1
        run.is_done = self.has_ended(run)

    def has_ended(self, run: Run) -> bool:
        """Nothing is open, or END is written with nothing open before it or in its block."""
        mask = self.folder.mask
        if mask not in run.ids:
            return True
        first = run.ids.index(mask)
        if not run.ends_early:
            first = first // run.block * run.block
        return any(token in self.folder.stops for token in run.ids[:first])

    def decode(self, runs: list[Run], rule, meet=None):
        """Let `rule(state)` choose until all are done; `meet(state, runs, chosen)` may watch."""
        while active := [run for run in runs if not run.is_done]:
            state = self.look(active)
            chosen = at_least_one(*rule(state), state)
            if meet:
                meet(state, active, chosen)
            for row, run in enumerate(active):
                self.write(run, state.proposal[row], chosen[row])

    def is_right(self, run: Run) -> bool:
        """Whether the judge of the exam takes the answer."""
        item = run.task.item
        facts = {"answer": item.answer, "facts": item.facts, "check": item.check}
        return right(self.folder.text(run.ids), facts)


def at_least_one(chosen, score, state: State):
    """`chosen` among the open positions; where that is none, the open one of the highest score."""
    chosen = chosen & state.is_open
    best = score.masked_fill(~state.is_open, -torch.inf).argmax(1, keepdim=True)
    surest = torch.zeros_like(chosen).scatter(1, best, True)
    return torch.where(chosen.any(1, keepdim=True), chosen, surest & state.is_open)


def one(state: State):
    """One token a step, the surest."""
    return torch.zeros_like(state.is_open), state.confidence


def threshold(least: float):
    """Everything that is sure enough."""
    return lambda state: (state.confidence >= least, state.confidence)
