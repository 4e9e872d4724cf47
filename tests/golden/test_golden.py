"""The golden data is what it claims to be.

    python -m unittest discover -s tests/golden

Recomputes every expected value from the stored weights, and shows that the data can catch what it
is meant to catch: a wrong mask, a forgotten shift, a broken quantizer.
"""

import json
import unittest
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from network import build, predictions
from specs import SPECS
from stats import records

HERE = Path(__file__).parent
SIZE_LIMIT = 5 << 18


def load_state(spec) -> dict:
    """All tensors of the checkpoint, as stored."""
    state = {}
    for file in sorted((HERE / spec.name).glob("model*.safetensors")):
        state.update(load_file(file))
    return state


def network(spec, change=lambda tensor: tensor):
    """The network with `change` applied to every weight matrix (vectors stay float32)."""
    model = build(spec).eval()
    state = {k: v.float() for k, v in load_state(spec).items()}
    state = {k: change(v) if v.dim() == 2 else v for k, v in state.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    return model


def through_f16(weight):
    """The weight after storage as f16."""
    return weight.half().float()


def through_q8_0(weight):
    """The weight after q8_0: 32-blocks along k, d = max|w| / 127 held as f16."""
    rows, columns = weight.shape
    if columns % 32:
        return through_f16(weight)
    blocks = weight.reshape(rows, columns // 32, 32)
    scale = (blocks.abs().amax(-1, keepdim=True) / 127).half().float()
    quants = torch.where(scale > 0, (blocks / scale).round(), torch.zeros(())).clamp(-127, 127)
    return (quants * scale).reshape(rows, columns)


def outputs(spec, model):
    """Per case: (name, ids, rows kept whole, logits [length, vocab])."""
    for case in json.loads((HERE / spec.name / "cases.json").read_text())["cases"]:
        ids = torch.tensor(case["ids"])
        with torch.no_grad():
            yield case["name"], ids, case["rows"], predictions(model, spec, ids[None])[0]


class Golden(unittest.TestCase):
    def test_expected_values_follow_from_the_stored_weights(self):
        for spec in SPECS:
            expected = load_file(HERE / spec.name / "expected.safetensors")
            for name, ids, rows, logits in outputs(spec, network(spec)):
                with self.subTest(model=spec.name, case=name):
                    torch.testing.assert_close(
                        logits[rows], expected[f"{name}.logits"], atol=1e-4, rtol=0
                    )
                    table = records(logits.double().numpy(), ids.numpy(), spec.mask, [spec.eos])
                    np.testing.assert_allclose(
                        table, expected[f"{name}.records"].numpy(), atol=1e-3
                    )

    def test_a_later_token_changes_an_earlier_row_only_where_it_is_seen(self):
        for spec in SPECS:
            model = network(spec)
            name, ids, _, before = list(outputs(spec, model))[2]
            ids[-1] = spec.special if ids[-1] != spec.special else spec.special + 1
            with torch.no_grad():
                after = predictions(model, spec, ids[None])[0]
            change = (after - before).abs().amax(-1)
            hidden = {"full": 0, "causal": len(ids), "blocks": len(ids) // spec.block * spec.block}
            unseen = change[: hidden[spec.attention]]
            if spec.attention == "causal":  # the last token is in no row's past
                self.assertEqual(float(unseen.max()), 0.0)
                continue
            self.assertEqual(float(unseen.max()) if len(unseen) else 0.0, 0.0)
            self.assertGreater(float(change[len(unseen) :].max()), 1e-2, (spec.name, name))

    def test_the_shift_is_visible(self):
        spec = next(spec for spec in SPECS if spec.shift)
        for _, ids, _, logits in outputs(spec, network(spec)):
            if len(ids) > 1:
                torch.testing.assert_close(logits[0], logits[1])

    def test_logits_are_spread_like_those_of_a_trained_model(self):
        for spec in SPECS:
            spread = [logits.std(-1) for *_, logits in outputs(spec, network(spec))]
            self.assertGreater(float(torch.cat(spread).mean()), 2.0, spec.name)

    def test_top1_survives_quantization(self):
        for spec in SPECS:
            plain = list(outputs(spec, network(spec)))
            for change in (through_f16, through_q8_0):
                same, total = 0, 0
                for (*_, before), (*_, after) in zip(plain, outputs(spec, network(spec, change))):
                    same += int((before.argmax(-1) == after.argmax(-1)).sum())
                    total += len(before)
                with self.subTest(model=spec.name, format=change.__name__):
                    self.assertGreaterEqual(total, 200)
                    self.assertGreaterEqual(same / total, 0.99)

    def test_a_broken_quantizer_is_caught(self):
        def swapped(weight):  # the scale of the neighbouring row
            return through_q8_0(weight).roll(1, 0)

        spec = SPECS[0]
        plain = list(outputs(spec, network(spec)))
        broken = list(outputs(spec, network(spec, swapped)))
        same = sum(int((a[3].argmax(-1) == b[3].argmax(-1)).sum()) for a, b in zip(plain, broken))
        self.assertLess(same, 100)

    def test_tokenizers_hold_the_special_ids(self):
        for spec in SPECS:
            tokenizer = Tokenizer.from_file(str(HERE / spec.name / "tokenizer.json"))
            self.assertEqual(tokenizer.token_to_id("<|mask|>"), 1)
            self.assertEqual(tokenizer.token_to_id("<|endoftext|>"), spec.eos)
            text = "the owl, naïvely: 7 + 5 🦉"
            self.assertEqual(tokenizer.decode(tokenizer.encode(text).ids), text)

    def test_everything_stays_small(self):
        files = [file for spec in SPECS for file in (HERE / spec.name).iterdir()]
        self.assertLess(sum(f.stat().st_size for f in files), SIZE_LIMIT)


if __name__ == "__main__":
    unittest.main()
