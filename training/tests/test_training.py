"""The objectives, the optimizer and the export, on a network of a few thousand weights."""

import json
import tempfile
import unittest
from pathlib import Path

import torch

from data import Batches
from decode import choose
from export import config_json
from model import Network, Shape
from objective import (
    OBJECTIVES,
    block_mask,
    hide_anywhere,
    hide_from_block,
    spread_rates,
)
from optimizer import optimizers, orthogonal
from tokenizer import CHAT_TEMPLATE, SPECIALS, save, train

SMALL = Shape(vocab=64, hidden=32, inner=64, layers=2, heads=2, kv_heads=1, head_dim=16)


def batch(count: int = 6, length: int = 32):
    """Random ids with an answer from position 4 to 20."""
    ids = torch.randint(4, 64, (count, length), generator=torch.Generator().manual_seed(1))
    ids[:, 20:] = 0
    return ids, torch.full((count,), 4), torch.full((count,), 20)


class Hiding(unittest.TestCase):
    def setUp(self):
        self.generator = torch.Generator().manual_seed(2)
        _, self.start, self.end = batch(400)
        self.inside = torch.arange(32)[None] >= self.start[:, None]
        self.rates = spread_rates(400, self.generator)

    def test_the_prompt_is_never_hidden(self):
        for hidden, _ in (
            hide_anywhere(self.inside, self.rates, self.generator),
            hide_from_block(self.inside, self.start, self.end, self.rates, self.generator),
        ):
            self.assertFalse(bool(hidden[:, :4].any()))

    def test_only_hidden_positions_are_learnt(self):
        hidden, learnt = hide_from_block(
            self.inside, self.start, self.end, self.rates, self.generator
        )
        self.assertFalse(bool((learnt & ~hidden).any()))
        spans = learnt.float().argmax(1), 31 - learnt.flip(1).float().argmax(1)
        self.assertLess(int((spans[1] - spans[0])[learnt.any(1)].max()), 32)

    def test_rates_cover_the_unit_interval(self):
        self.assertLess(float(self.rates.min()), 0.01)
        self.assertGreater(float(self.rates.max()), 0.99)
        self.assertAlmostEqual(float(self.rates.mean()), 0.5, places=1)


class Blocks(unittest.TestCase):
    def test_who_sees_whom(self):
        sees = block_mask(8, 4)
        self.assertTrue(bool(sees[5, 4]) and bool(sees[5, 7]))  # noisy: own noisy block
        self.assertFalse(bool(sees[5, 3]))  # not the noisy past
        self.assertTrue(bool(sees[5, 8 + 3]))  # but the clean past
        self.assertFalse(bool(sees[5, 8 + 4]))  # never its own answer
        self.assertTrue(bool(sees[8 + 5, 8 + 7]) and not bool(sees[8 + 5, 5]))

    def test_a_later_block_changes_nothing(self):
        torch.manual_seed(0)
        network, ids = Network(SMALL).eval(), batch()[0][:1]
        sees = block_mask(32, 8)
        positions = torch.arange(32).repeat(2)
        before = network(torch.cat([ids, ids], 1), positions, sees)[:, :16]
        other = ids.clone()
        other[:, 16:] = 5
        after = network(torch.cat([other, other], 1), positions, sees)[:, :16]
        torch.testing.assert_close(before, after)


class Learning(unittest.TestCase):
    def test_every_objective_learns_by_heart(self):
        for name, objective in OBJECTIVES.items():
            torch.manual_seed(0)
            network, generator = Network(SMALL), torch.Generator().manual_seed(3)
            both, losses = optimizers(network, 0.02, 4e-3), []
            for _ in range(120):
                loss = objective(network, *batch(), generator)
                for optimizer in both:
                    optimizer.zero_grad()
                loss.backward()
                for optimizer in both:
                    optimizer.step()
                losses.append(loss.item())
            with self.subTest(name):
                self.assertLess(sum(losses[-8:]), 0.6 * sum(losses[:8]))

    def test_orthogonal_updates(self):
        update = orthogonal(torch.randn(24, 48, generator=torch.Generator().manual_seed(1)))
        values = torch.linalg.svdvals(update)
        self.assertGreater(float(values.min()), 0.3)
        self.assertLess(float(values.max()), 1.4)


class Files(unittest.TestCase):
    def test_tokenizer_keeps_digits_single_and_text_whole(self):
        tokenizer = train(["123 plus 123 is 246, said the owl."] * 50, 300)
        text = "123 + 45: the owl's 🦉\nnaïve"
        pieces = tokenizer.encode(text)
        self.assertEqual(tokenizer.decode(pieces.ids), text)
        digits = [t for t in pieces.tokens if any(c.isdigit() for c in t)]
        self.assertEqual(digits, list("12345"))
        self.assertEqual([tokenizer.token_to_id(s) for s in SPECIALS], [0, 1, 2, 3])
        with tempfile.TemporaryDirectory() as folder:
            save(tokenizer, Path(folder))
            config = json.loads((Path(folder) / "tokenizer_config.json").read_text())
        self.assertEqual(config["chat_template"], CHAT_TEMPLATE)

    def test_config_names_what_a_loader_needs(self):
        config = config_json("tiny-block", SMALL, "float16")
        self.assertEqual((config["mask_token_id"], config["block_size"]), (1, 8))
        self.assertNotIn("mask_token_id", config_json("tiny-ar", SMALL, "float16"))

    def test_batches_vary_in_length_and_end_in_padding(self):
        import numpy as np

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "data.npz"
            np.savez(file, ids=np.arange(4, 64, dtype=np.uint16), offsets=np.arange(0, 61, 10),
                     starts=np.full(6, 3))
            stream, lengths = iter(Batches(file, 64, 1)), set()
            for _ in range(60):
                ids, start, end = next(stream)
                lengths.add(ids.shape[1])
                self.assertTrue(bool((ids[:, -1] == 0).all()) and bool((start == 3).all()))
                self.assertTrue(bool((end == 10).all()))
        self.assertGreater(len(lengths), 3)


class Choosing(unittest.TestCase):
    def test_at_least_one_and_all_above(self):
        confidence = torch.tensor([[0.2, 0.5, 0.4], [0.95, 0.91, 0.1]])
        masked = torch.tensor([[True, True, True], [True, True, False]])
        self.assertEqual(choose(confidence, masked, 0.9).tolist(),
                         [[False, True, False], [True, True, False]])
        self.assertEqual(choose(confidence, masked, None).tolist(),
                         [[False, True, False], [True, False, False]])


if __name__ == "__main__":
    unittest.main()
