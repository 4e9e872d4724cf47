"""The learned select methods: what the networks see, how runs end, what training rewards."""

import json
import tempfile
import unittest
from argparse import Namespace
from pathlib import Path
from random import Random

import torch

from model import Network, Shape
from policy import Examples, filter_rule, fit, policy_rule, reinforce, worth
from traces import Run, State, Task, World, at_least_one, one
from unmasking import Filter, Policy, feature, save, shorten

MASK, END = 1, 0


def tiny_world() -> World:
    """A world whose model has random weights."""
    torch.manual_seed(0)
    shape = Shape(vocab=24, hidden=32, inner=48, layers=2, heads=2, kv_heads=1, head_dim=16)
    return World(Namespace(mask=MASK, end=END, stops={END}, network=Network(shape).eval()))


def task(prompt, length: int, **facts) -> Task:
    """A task without an item."""
    return Task(None, prompt, length, **facts)


class Networks(unittest.TestCase):
    def test_features_are_finite_ordered_and_even(self):
        at = feature(torch.tensor([0.0, 0.1, 0.5, 0.9, 1.0]))
        self.assertTrue(bool(at.isfinite().all() and (at.diff() > 0).all()))
        torch.testing.assert_close(at, -at.flip(0), atol=1e-3, rtol=0)

    def test_padding_is_not_seen_by_the_policy(self):
        torch.manual_seed(1)
        policy, confidence, is_open = Policy(), torch.rand(2, 5), torch.rand(2, 5) < 0.5
        here, when = torch.ones(2, 5, dtype=torch.bool), torch.tensor([0.2, 0.9])
        pad = lambda x, value: torch.nn.functional.pad(x, (0, 4), value=value)
        padded = policy(pad(confidence, 0.7), pad(is_open, True), when, pad(here, False))
        torch.testing.assert_close(padded[:, :5], policy(confidence, is_open, when, here))

    def test_left_and_right_are_different(self):
        policy = Policy()
        with torch.no_grad():
            policy.left.copy_(torch.tensor([1.0, 2.0]))
            policy.right.copy_(torch.tensor([3.0, 4.0]))
        bias = policy.bias(3)
        self.assertEqual(bias[:, 2, 0].tolist(), [-2.0, -4.0])
        self.assertEqual(bias[:, 0, 2].tolist(), [-6.0, -8.0])

    def test_the_file_is_the_network(self):
        policy = Policy()
        shorten(policy)
        with tempfile.TemporaryDirectory() as folder:
            save(policy, {"heads": 2}, Path(folder) / "policy.json")
            read = json.loads((Path(folder) / "policy.json").read_text())
        state = policy.state_dict()
        torch.testing.assert_close(torch.tensor(read["qkv"]["weight"]), state["qkv.weight"])
        torch.testing.assert_close(torch.tensor(read["leave"]["bias"]), state["leave.bias"])
        torch.testing.assert_close(torch.tensor(read["left"]), state["left"])
        self.assertEqual(read["heads"], 2)


class Decoding(unittest.TestCase):
    def test_padding_on_the_left_changes_no_answer(self):
        both, alone = tiny_world(), tiny_world()
        tasks = [task([3, 5, 7], 6), task([4, 6, 8, 9, 2, 3, 11], 9)]
        together = both.look([both.begin(t, 4) for t in tasks])
        for row, t in enumerate(tasks):
            single = alone.look([alone.begin(t, 4)])
            torch.testing.assert_close(single.confidence[0], together.confidence[row],
                                       atol=1e-5, rtol=1e-4)
            self.assertEqual(single.proposal[0].tolist(), together.proposal[row].tolist())

    def test_a_state_costs_one_forward(self):
        world = tiny_world()
        for _ in range(2):
            run = world.begin(task([3, 5], 5), 2, ends_early=False)
            world.decode([run], one)
            self.assertNotIn(MASK, run.ids[: run.steps])
        self.assertEqual(world.forwards, run.steps)

    def test_when_a_run_has_ended(self):
        world = tiny_world()
        ended = lambda ids, early: world.has_ended(Run(task([], 6), 3, ids, early))
        self.assertFalse(ended([5, MASK, END, MASK, MASK, MASK], True))
        self.assertTrue(ended([5, END, MASK, MASK, MASK, MASK], True))
        self.assertFalse(ended([5, END, MASK, MASK, MASK, MASK], False), "its block is open")
        self.assertTrue(ended([5, END, END, MASK, MASK, MASK], False))
        self.assertTrue(ended([5, 5, 5, 5, 5, 5], True))

    def test_one_at_least_and_only_what_is_open(self):
        is_open = torch.tensor([[True, True, False], [True, False, True]])
        state = State(None, is_open, None, None, None)
        chosen = torch.tensor([[False, False, True], [True, True, True]])
        score = torch.tensor([[0.1, 0.3, 0.9], [0.5, 0.5, 0.5]])
        self.assertEqual(at_least_one(chosen, score, state).tolist(),
                         [[False, True, False], [True, False, True]])

    def test_long_blocks_are_windows_for_the_filter(self):
        torch.manual_seed(2)
        network, confidence = Filter(4), torch.rand(2, 6)
        state = State(confidence, torch.ones(2, 6, dtype=torch.bool), None, None, None)
        chosen, _ = filter_rule(network, 0.5)(state)
        last = torch.cat([confidence[:, 4:], torch.ones(2, 2)], dim=1)
        expected = torch.cat([network(confidence[:, :4]), network(last)[:, :2]], dim=1) > 0
        self.assertEqual(chosen.tolist(), expected.tolist())


class Learning(unittest.TestCase):
    def test_states_that_have_gone_another_way_teach_nothing(self):
        world, examples = tiny_world(), Examples()
        known = task([3, 5], 4, final=[7, 8, 9, END])
        same, other = world.begin(known, 4), world.begin(known, 4)
        same.ids, other.ids = [7, MASK, MASK, MASK], [6, MASK, MASK, MASK]
        state = world.look([same, other])
        examples.add(state, [same, other], MASK)
        self.assertEqual(len(examples.rows), 1)
        self.assertEqual(examples.rows[0][4].tolist(),
                         (state.proposal[0] == torch.tensor([7, 8, 9, END])).tolist())

    def test_the_filter_learns_a_threshold(self):
        torch.manual_seed(3)
        examples, filtering = Examples(), Filter(4)
        for _ in range(500):
            confidence = torch.rand(4)
            examples.rows.append((4, confidence, torch.ones(4, dtype=torch.bool), 1.0,
                                  confidence > 0.6))
        loss = fit(filtering, lambda q, *_: filtering(q), examples, 128, 300)
        self.assertLess(loss, 0.2)

    def test_a_wrong_answer_is_worth_nothing_and_a_faster_one_more(self):
        of = lambda steps, ok: worth(Run(task([], 8, steps=8), 8, [], steps=steps), ok, 0.5)
        self.assertEqual(of(1, False), 0.0)
        self.assertGreater(of(2, True), of(4, True))
        self.assertGreater(of(8, True), 0.0)

    def test_trial_finds_what_may_be_committed_together(self):
        """Right is who commits nothing unsure together with anything else."""
        torch.manual_seed(4)
        options = Namespace(updates=60, rate=1e-2, speed=1.0)
        world, policy = SureAndUnsure(), Policy()
        tasks = [task([n], 6, steps=6, is_right=True) for n in range(20)]
        reinforce(world, policy, tasks, options, Random(1))
        runs = [world.begin(t, 6) for t in tasks]
        world.decode(runs, policy_rule(policy, 0.5))
        self.assertTrue(all(world.is_right(run) for run in runs))
        self.assertLess(sum(run.steps for run in runs) / len(runs), 4.5)


class SureAndUnsure(World):
    """Of six positions, the second and fifth are unsure: they propose 9 until all else is there."""

    def __init__(self):
        super().__init__(Namespace(mask=MASK, end=END, stops={END}))

    def ask(self, unknown):
        for key, run in unknown.items():
            start, stop = run.window(MASK)
            others = [run.ids[i] == MASK for i in (0, 2, 3, 5)]
            settled = not any(others)
            sure = [0.97 if i not in (1, 4) or settled else 0.3 for i in range(start, stop)]
            said = [5 if i not in (1, 4) or settled else 9 for i in range(start, stop)]
            self.known[key] = (torch.tensor(said), torch.tensor(sure))

    def is_right(self, run):
        return 9 not in run.ids


if __name__ == "__main__":
    unittest.main()
