"""Train the two learned select methods for a model: the Learn2PD filter and an unmasking policy.

    python policy.py --model ../models/tiny --out ../models/tiny/policies \
        --golden ../tests/golden/policies.json

The model stays as it is. One token a step gives each canvas its final tokens; the filter learns
from states on the way whether a proposal is final. The policy learns the same first, and then by
trial: groups of runs over one prompt, where a wrong answer is worth nothing and a right one the
more, the fewer forwards it took. Ends with both on prompts of their own, beside a threshold.
"""

import argparse
import copy
import json
import time
from pathlib import Path
from random import Random

import torch
from torch.nn import functional as F

from decode import Folder
from traces import State, World, draw_tasks, one, threshold
from unmasking import Filter, Policy, parameters, save, shorten

STATES = 6  # random states drawn of each canvas
BLOCKS = (8, 8, 8, 16, 32, 1000)  # the policy's blocks in training; the last is the whole canvas
PROMPTS, GROUP = 24, 8  # runs of an update: prompts, and runs of each
WINDOW = 20  # updates of a line of the log, and between two choices of the weights to keep
FILTER_LEVEL, POLICY_LEVEL = 0.96, 0.5  # the engine's defaults, which the report uses


class Examples:
    """States with what is to be learnt of them: whether each open proposal is the final token."""

    def __init__(self):
        self.rows = []

    def add(self, state: State, runs, mask: int):
        """Take the states in which nothing differs from the final tokens yet."""
        for row, run in enumerate(runs):
            final = run.task.final
            if any(token not in (mask, last) for token, last in zip(run.ids, final)):
                continue
            start, stop = run.window(mask)
            count = stop - start
            label = state.proposal[row, :count] == torch.tensor(final[start:stop])
            self.rows.append((run.block, state.confidence[row, :count], state.is_open[row, :count],
                              float(state.time[row]), label))

    def batch(self):
        """(confidence, is_open, present, time, label), padded to the longest block."""
        rows, width = self.rows, max(len(row[1]) for row in self.rows)
        pad = lambda x, value: F.pad(x, (0, width - len(x)), value=value)
        confidence = torch.stack([pad(row[1], 1.0) for row in rows])
        is_open = torch.stack([pad(row[2], False) for row in rows])
        present = torch.stack([pad(torch.ones_like(row[2]), False) for row in rows])
        moments = torch.tensor([row[3] for row in rows])
        label = torch.stack([pad(row[4], False) for row in rows]).float()
        return confidence, is_open, present, moments, label


def finish(world: World, tasks, block: int, examples: Examples):
    """Decode one token a step: the final tokens, the forwards they cost, the states on the way."""
    met = []
    runs = [world.begin(task, block, ends_early=False) for task in tasks]
    world.decode(runs, one, lambda state, active, _: met.append(
        (state, [snapshot(world, run) for run in active])))
    early = [world.begin(task, block) for task in tasks]
    world.decode(early, one)
    for run, short in zip(runs, early):
        task = run.task
        end = world.folder.end
        task.final = [end if token == world.folder.mask else token for token in run.ids]
        task.steps, task.is_right = short.steps, world.is_right(short)
    for state, active in met:
        examples.add(state, active, world.folder.mask)


def snapshot(world: World, run):
    """A copy that keeps the state of now."""
    copy = world.begin(run.task, run.block, run.ends_early)
    copy.ids = list(run.ids)
    return copy


def scatter(world: World, tasks, blocks, random, examples: Examples):
    """States that no order of decoding prefers: a block hidden at a random rate, all open after."""
    mask, runs = world.folder.mask, []
    for task in tasks:
        ends = [i for i, token in enumerate(task.final) if token in world.folder.stops]
        for _ in range(STATES):
            block, rate = random.choice(blocks), random.random()
            start = random.randint(0, (ends[0] if ends else task.length - 1) // block) * block
            inside = range(start, min(start + block, task.length))
            hidden = [i for i in inside if random.random() < rate] or [random.choice(inside)]
            run = world.begin(task, block)
            run.ids = [mask if i in hidden or i >= start + block else token
                       for i, token in enumerate(task.final)]
            runs.append(run)
    examples.add(world.look(runs), runs, mask)


def fit(network, score, examples: Examples, size: int, steps: int, rate: float = 1e-2):
    """Cross entropy of the labels at open positions, `size` states a step; its mean at the end."""
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    data = examples.batch()
    losses = []
    for _ in range(steps):
        pick = torch.randint(len(examples.rows), (size,))
        confidence, is_open, present, moments, label = (x[pick] for x in data)
        logits = score(confidence, is_open, moments, present)
        loss = F.binary_cross_entropy_with_logits(logits[is_open], label[is_open])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return sum(losses[-50:]) / len(losses[-50:])


def filter_rule(network: Filter, level: float):
    """Learn2PD's rule: every score above `level`, and the surest."""
    @torch.no_grad()
    def rule(state: State):
        length = state.confidence.shape[1]
        confidence = F.pad(state.confidence, (0, -length % network.block), value=1.0)
        score = network(confidence.reshape(-1, network.block)).sigmoid()
        score = score.reshape(confidence.shape)[:, :length]
        return score > level, state.confidence
    return rule


def policy_rule(network: Policy, level: float | None):
    """Commit what the policy is more ready to than `level`; None: by chance, as it was trained."""
    @torch.no_grad()
    def rule(state: State):
        chance = network(state.confidence, state.is_open, state.time, state.present).sigmoid()
        return chance > (torch.rand(chance.shape) if level is None else level), chance
    return rule


def learn_filter(world: World, tasks, options, random):
    """The filter, on states of one token a step, random ones, and those it leads to itself."""
    block, examples = options.block, Examples()
    finish(world, tasks, block, examples)
    scatter(world, tasks, (block,), random, examples)
    network = Filter(block)
    score = lambda confidence, *_: network(confidence)
    for own in range(2):
        loss = fit(network, score, examples, 512, 1500)
        note(f"filter: {len(examples.rows)} states, loss {loss:.4f}, "
             f"a constant's {chance_loss(examples.rows):.4f}, {world.forwards} forwards")
        if own == 0:
            runs = [world.begin(task, block, ends_early=False) for task in tasks]
            world.decode(runs, filter_rule(network, FILTER_LEVEL), lambda state, active, _:
                         examples.add(state, active, world.folder.mask))
    return network, examples


def chance_loss(rows) -> float:
    """Cross entropy of always giving the share of proposals that are final."""
    labels = torch.cat([row[4][row[2]] for row in rows]).float()
    return float(F.binary_cross_entropy(labels.mean().expand_as(labels), labels))


def worth(run, is_right: bool, speed: float) -> float:
    """0 for a wrong answer, else the part of the forwards saved, to the power `speed`.

    A product, because a sum would pay for answers that are fast and wrong (arXiv 2512.09106).
    """
    return (1 - run.steps / (run.task.steps + 1)) ** speed if is_right else 0.0


def explore(world: World, network: Policy, tasks, block: int):
    """Runs by chance, GROUP of each task, and the logarithm of what was chosen [runs]."""
    runs = [world.begin(task, block) for task in tasks for _ in range(GROUP)]
    index = {id(run): i for i, run in enumerate(runs)}
    chosen_log = torch.zeros(len(runs))

    def rule(state: State):
        logits = network(state.confidence, state.is_open, state.time, state.present)
        action = torch.rand(logits.shape) < logits.sigmoid()
        log = -F.binary_cross_entropy_with_logits(logits, action.float(), reduction="none")
        rule.log = (log * state.is_open).sum(1)
        return action, logits.detach()

    def meet(_, active, __):
        nonlocal chosen_log
        at = torch.tensor([index[id(run)] for run in active])
        chosen_log = chosen_log.index_add(0, at, rule.log)

    world.decode(runs, rule, meet)
    return runs, chosen_log


def update(world: World, network: Policy, optimizer, tasks, options, block: int):
    """One step of the policy gradient; returns mean reward, share right, and forwards used.

    The baseline is the mean of a prompt's group (GRPO). One scale serves the batch: a scale for
    each group would make its smallest gain in speed count as much as an answer lost elsewhere.
    """
    runs, log = explore(world, network, tasks, block)
    good = [world.is_right(run) for run in runs]
    reward = torch.tensor([worth(run, ok, options.speed) for run, ok in zip(runs, good)])
    groups = reward.view(-1, GROUP)
    advantage = (groups - groups.mean(1, keepdim=True)).flatten() / (groups.std() + 1e-3)
    optimizer.zero_grad()
    (-(advantage * log).mean()).backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    used = sum(run.steps / run.task.steps for run in runs)
    return float(reward.mean()), sum(good) / len(runs), used / len(runs)


def reinforce(world: World, network: Policy, tasks, options, random):
    """Updates over prompts that one token a step gets right; keeps the weights of the best window.

    A policy that has grown bold explores no more and stays so, hence the choice.
    """
    optimizer = torch.optim.Adam(network.parameters(), options.rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, options.updates)
    pool = [task for task in tasks if task.is_right and task.steps > 2]
    window, best, kept = [], -1.0, None
    for number in range(1, options.updates + 1):
        chosen = random.sample(pool, min(PROMPTS, len(pool)))
        block = random.choice(BLOCKS)
        window.append(update(world, network, optimizer, chosen, options, block))
        schedule.step()
        if number % WINDOW == 0:
            reward, share, used = (sum(x) / WINDOW for x in zip(*window))
            window = []
            note(f"policy: update {number}, reward {reward:.3f}, right {share:.3f}, "
                 f"forwards {used:.3f} of one a step, {world.forwards} in all")
            if reward > best:
                best, kept = reward, copy.deepcopy(network.state_dict())
    network.load_state_dict(kept)


def learn_policy(world: World, tasks, examples: Examples, options, random):
    """The policy, first on what is final, then by trial."""
    scatter(world, tasks, BLOCKS, random, examples)
    network = Policy()
    score = lambda confidence, is_open, moments, present: network(
        confidence, is_open, moments, present)
    loss = fit(network, score, examples, 96, 600)
    note(f"policy: {len(examples.rows)} states, loss {loss:.4f}")
    reinforce(world, network, tasks, options, random)
    return network


def report(world: World, tasks, rules: dict):
    """Right answers and forwards of each rule, in blocks of 8 and of 32."""
    print(f"{'rule':24}" + "".join(f"{name:>20}" for name in ("block 8", "block 32")))
    for name, rule in rules.items():
        cells = []
        for block in (8, 32):
            runs = [world.begin(task, block) for task in tasks]
            world.decode(runs, rule)
            share = 100 * sum(map(world.is_right, runs)) / len(runs)
            cells.append(f"{share:6.1f} % in {sum(run.steps for run in runs) / len(runs):5.2f}")
        print(f"{name:24}" + "".join(f"{cell:>20}" for cell in cells), flush=True)


def golden(network_filter: Filter, policy: Policy) -> dict:
    """Inputs and outputs that the engine's own arithmetic must reproduce."""
    generator = torch.Generator().manual_seed(4)
    drawn = lambda *shape: (torch.rand(shape, generator=generator) ** 0.3 * 1e4).round() / 1e4
    cases = {"filter": [], "policy": []}
    with torch.no_grad():
        for _ in range(6):
            q = drawn(1, network_filter.block)
            cases["filter"].append({"confidence": q[0].tolist(),
                                    "logits": network_filter(q)[0].tolist()})
        for length in (1, 2, 5, 8, 8, 32, 40):
            q, is_open, moment = drawn(1, length), drawn(1, length) < 0.7, drawn(1)
            logits = policy(q, is_open, moment, torch.ones(1, length, dtype=torch.bool))
            cases["policy"].append({"confidence": q[0].tolist(), "open": is_open[0].tolist(),
                                    "time": moment.item(), "logits": logits[0].tolist()})
    return cases


BEGAN = time.monotonic()


def note(text: str):
    """A line of the log, with the seconds so far."""
    print(f"[{time.monotonic() - BEGAN:5.0f} s] {text}", flush=True)


def main():
    """Parse the options, train both, write them and say what they are worth."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--golden", type=Path, required=True, help="file of inputs and outputs")
    parser.add_argument("--mix", default="sharp")
    parser.add_argument("--block", type=int, default=8, help="the filter's block")
    parser.add_argument("--tasks", type=int, default=600)
    parser.add_argument("--held", type=int, default=150, help="tasks of the report")
    parser.add_argument("--updates", type=int, default=160, help="a multiple of 20")
    parser.add_argument("--speed", type=float, default=0.3, help="what forwards count; 0: nothing")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    random = Random(options.seed)
    world = World(Folder(options.model))
    drawn = draw_tasks(world.folder, options.mix, options.tasks + options.held, random)
    tasks, held = drawn[: options.tasks], drawn[options.tasks :]
    filtering, examples = learn_filter(world, tasks, options, random)
    policy = learn_policy(world, tasks, examples, options, random)
    for network in (filtering, policy):
        shorten(network)
    save(filtering, {"block": options.block}, options.out / "filter.json")
    save(policy, {"heads": policy.heads}, options.out / "policy.json")
    options.golden.write_text(json.dumps(golden(filtering, policy)) + "\n")
    note(f"filter of {parameters(filtering)} weights, policy of {parameters(policy)}")
    rules = {"one a step": one}
    rules |= {f"threshold {t}": threshold(t) for t in (0.9, 0.8, 0.6)}
    rules |= {f"filter {t}": filter_rule(filtering, t) for t in (0.98, FILTER_LEVEL, 0.9)}
    rules |= {f"policy {t}": policy_rule(policy, t) for t in (0.7, POLICY_LEVEL, 0.3)}
    report(world, held, rules | {"policy by chance": policy_rule(policy, None)})
    note(f"{world.forwards} forwards")


if __name__ == "__main__":
    main()
