"""The traces are what the rules write, and the rules can be told apart.

    python -m unittest discover -s tests/oracle
"""

import json
import unittest

import numpy as np
import torch

from canvas import CLEAR, Doubt, Trace, Unclear, entropy, even_split, softmax
from cases import CASES
from chance import ORDER, row_key, uniform
from dream import dream
from factor import factor
from layers import Layers, top
from make_oracle import FILE, run
from model import Model
from sparse import full
from threshold import threshold

STORED = json.loads(FILE.read_text())


class Table:
    """A model that says the same whatever is written: `rows` are the probabilities of its tokens.

    Token 0 ends the text; the last is the mask.
    """

    def __init__(self, rows):
        self.table = np.log(np.asarray(rows, dtype=float))
        self.eos, self.mask, self.vocab = 0, self.table.shape[1], self.table.shape[1] + 1

    def logits(self, ids):
        banned = np.full((len(ids), 1), -np.inf)
        return np.hstack([self.table[: len(ids)], banned])


def committed(rule, rows, **arguments) -> list[list[int]]:
    """The positions that each step of `rule` commits over a table."""
    trace = Trace(Table(rows), [], len(rows))
    rule(trace, **arguments)
    return [[position for position, _ in step["committed"]] for step in trace.steps]


class Oracle(unittest.TestCase):
    def test_traces_follow_from_the_rules(self):
        model = Model()
        cases = {case.name: case for case in CASES}
        self.assertEqual({one["case"] for one in STORED["runs"]}, set(cases))
        for stored in STORED["runs"][::25]:
            question = stored["request"]["chat"][0]["content"]
            with self.subTest(case=stored["case"], question=question):
                found, _ = run(model, cases[stored["case"]], question)
                self.assertEqual(json.loads(json.dumps(found)), stored)

    def test_a_network_that_cannot_see_the_prompt_gives_other_logits(self):
        model = Model()
        ids = STORED["sample"]["ids"]
        whole = model.raw(ids)
        sees = np.ones((len(ids), len(ids)), dtype=bool)
        np.testing.assert_allclose(whole, model.raw(ids, range(len(ids)), sees))
        np.testing.assert_array_equal(whole.argmax(1), STORED["sample"]["top"])
        sees[:, 0] = False
        self.assertGreater(np.abs(whole - model.raw(ids, sees=sees)).max(), 0.1)

    def test_the_layers_together_are_the_network(self):
        model = Model()
        net, ids = Layers(model), STORED["sample"]["ids"]
        with torch.no_grad():
            found, kept = full(net, ids, [1, 2], 1.0)
        np.testing.assert_allclose(found, model.logits(ids), atol=1e-4)
        self.assertEqual([len(k) for k, _ in kept], [len(ids) - 2] * len(net.layers))

    def test_rows_are_chosen_from_the_left_and_not_by_rounding(self):
        scores = torch.tensor([0.5, 0.5, 0.9, 0.5])
        self.assertEqual(top(scores, 2, 1e-4), [0, 2])
        self.assertEqual([top(scores, count, 1e-4) for count in (0, 4)], [[], [0, 1, 2, 3]])
        with self.assertRaises(Unclear):
            top(torch.tensor([0.5, 0.50001, 0.9]), 2, 1e-4)

    def test_close_decisions_are_refused(self):
        doubt = Doubt()
        for decide in (
            lambda near: doubt.above(0.9 + near, 0.9),
            lambda near: doubt.top({1: 0.5, 2: 0.5 - near}, 1),
            lambda near: doubt.argmax([1.0, 1.0 - near]),
        ):
            decide(2 * CLEAR)
            with self.assertRaises(Unclear):
                decide(CLEAR / 2)
        self.assertEqual(doubt.top({1: 0.0, 2: 0.0}, 1), [1], "equal by rule: the lower position")

    def test_rules_on_tables(self):
        rows = [[0.95, 0.05], [0.6, 0.4], [0.92, 0.08], [0.3, 0.7]]
        self.assertEqual(committed(threshold, rows), [[0, 2], [3], [1]])
        self.assertEqual(committed(threshold, rows, block=2), [[0], [1], [2], [3]])
        # (n + 1)(1 - q): 0.1, 0.24, 1.2; then 0.6, 1.2 of the two that are left.
        self.assertEqual(committed(factor, rows), [[0, 2], [3], [1]])
        self.assertEqual(committed(factor, rows, f=1.3), [[0, 2, 3], [1]])

    def test_schedules(self):
        self.assertEqual(even_split(10, 4), [3, 3, 2, 2])
        self.assertEqual(even_split(2, 4), [1, 1, 0, 0])
        rows = [[0.51 + 0.001 * i, 0.49 - 0.001 * i] for i in range(64)]
        counts = lambda steps: [len(s) for s in committed(dream, rows, order="topk_margin", steps=steps)]
        # Those of the handbook's 1.4; the steps that commit nothing are left out.
        self.assertEqual(counts(64), [1] * 62 + [2])
        self.assertEqual(counts(32), [1] + [2] * 30 + [3])
        self.assertEqual(sum(counts(100)), 64)

    def test_measures(self):
        np.testing.assert_allclose(softmax(np.log([[0.2, 0.8]])), [[0.2, 0.8]])
        np.testing.assert_allclose(entropy(np.zeros((1, 8))), [np.log(8)])
        draws = [uniform(row_key(7, 3, position), ORDER) for position in range(4000)]
        self.assertLess(abs(np.mean(draws) - 0.5), 0.02)
        self.assertLess(abs(np.var(draws) - 1 / 12), 0.005)


if __name__ == "__main__":
    unittest.main()
