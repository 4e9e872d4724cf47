"""The checkpoints are what they claim to be, and can catch what they are meant to catch.

    python -m unittest discover -s tests/golden/families

Recomputes every expected value from the stored tensors, and shows that a wrong attention mask, a
forgotten shift or a forgotten tensor would be seen.
"""

import dataclasses
import json
import unittest

import torch
from safetensors.torch import load_file

import experts
from families import FAMILIES
from make_families import HERE, logits

SIZE_LIMIT = 3 << 20
# Summed up, masked out or computed anew by the classes; nothing an engine could forget.
UNUSED = ("token_type_embeddings", "position_ids", "sampling_eps")


def restored(family):
    """The network with the tensors of its file."""
    torch.manual_seed(0)
    model = family.build().float().eval()
    stored = load_file(HERE / family.folder / "model.safetensors")
    back = {new: old for old, new in reversed(family.renames.items())}
    state = {}
    for name, tensor in stored.items():
        for new, old in back.items():
            if name.startswith(new):
                name = old + name.removeprefix(new)
                break
        state[name] = tensor.float()
    if family.config.get("tie_word_embeddings"):
        state.pop("lm_head.weight", None)
    state = experts.join(state) if family.stacked else state
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected, unexpected
    # Tied heads, and buffers that the classes compute.
    allowed = ("lm_head.", "decoder.", "attn.bias", "position_ids", "token_type_ids", "inv_freq")
    assert all(any(part in name for part in allowed) for name in missing), missing
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    return model


def cases(family):
    """Pairs of ids and expected logits."""
    expected = load_file(HERE / family.folder / "expected.safetensors")
    for case in json.loads((HERE / family.folder / "cases.json").read_text())["cases"]:
        yield torch.tensor(case["ids"]), expected[f"{case['name']}.logits"]


class Families(unittest.TestCase):
    def test_expected_logits_follow_from_the_stored_tensors(self):
        for family in FAMILIES:
            model = restored(family)
            for ids, expected in cases(family):
                with self.subTest(family=family.folder, length=len(ids)):
                    found = logits(family, model, ids)
                    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)

    def test_every_tensor_matters(self):
        for family in FAMILIES:
            model = restored(family)
            ids, expected = list(cases(family))[-1]
            for name, parameter in model.named_parameters():
                if any(part in name for part in UNUSED):
                    continue
                kept = parameter.detach().clone()
                with torch.no_grad():
                    # Rows in another order too: QK-norm undoes a mere factor.
                    parameter.copy_(kept.roll(1, 0) * 0.5)
                change = (logits(family, model, ids) - expected).abs().max()
                with torch.no_grad():
                    parameter.copy_(kept)
                # Without rotations a bias of all keys moves the scores of a query alike.
                if not name.endswith("key.bias"):
                    with self.subTest(family=family.folder, tensor=name):
                        self.assertGreater(float(change), 5e-3)

    def test_another_attention_or_shift_would_be_seen(self):
        for family in FAMILIES:
            if family.windowed:
                continue
            model = restored(family)
            ids, expected = list(cases(family))[-1]
            block = 4 if family.block != 4 else 8
            other_sight = {"block": block, "masks_last": False}
            for change in (other_sight, {"shift": not family.shift}):
                other = dataclasses.replace(family, **change)
                with self.subTest(family=family.folder, change=change):
                    difference = (logits(other, model, ids) - expected).abs().max()
                    self.assertGreater(float(difference), 0.1)

    def test_a_wider_window_would_be_seen(self):
        family = next(family for family in FAMILIES if family.windowed)
        ids, expected = list(cases(family))[-1]
        model = restored(family)
        full = dataclasses.replace(family, windowed=False)
        self.assertGreater(float((logits(full, model, ids) - expected).abs().max()), 0.1)

    def test_everything_stays_small(self):
        files = [file for family in FAMILIES for file in (HERE / family.folder).iterdir()]
        self.assertLess(sum(file.stat().st_size for file in files), SIZE_LIMIT)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
