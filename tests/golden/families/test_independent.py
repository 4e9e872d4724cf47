"""The committed logits of networks without a `transformers` class, against another hand's.

    python -m unittest discover -s tests/golden/families

Reads the checkpoints as they are stored; shares no code with what made the logits.
"""

import json
import unittest
from pathlib import Path

import torch
from safetensors.torch import load_file

import independent
import independent_dit

HERE = Path(__file__).parent
NETWORKS = {
    "llada": independent.llada,
    "llada_moe": independent.llada_moe,
    "llada2_moe": independent.llada2,
    "wedlm": independent.wedlm,
    "wedlm_qwen2": independent.wedlm,
    "smdm": independent.smdm,
    "mdlm": independent_dit.mdlm,
    "bd3lm": independent_dit.mdlm,
    "sedd": independent_dit.sedd,
}
# What a misreading of the config would be, and how little of it would be seen.
MISREADINGS = {
    "llada": {"rope_theta": 10_000.0, "rms_norm_eps": 0.1},
    "llada_moe": {"num_experts_per_tok": 2, "rope_theta": 10_000.0},
    "llada2_moe": {
        "num_experts_per_tok": 3,
        "n_group": 1,
        "topk_group": 4,
        "routed_scaling_factor": 1.0,
        "partial_rotary_factor": 1.0,
    },
    "wedlm": {"mask_token_id": -1, "qk_norm": False},
    "wedlm_qwen2": {"mask_token_id": -1, "attention_bias": False},
    "smdm": {"norm_eps": 0.1},
    "mdlm": {"n_heads": 2},
    "bd3lm": {"block_size": 16},
    "sedd": {"tokens": -1},
}
SEEN = 1e-2


def checkpoint(folder):
    """Tensors in float64, config and cases of a folder; a case has its expected logits."""
    tensors = load_file(HERE / folder / "model.safetensors")
    config = json.loads((HERE / folder / "config.json").read_text())
    expected = load_file(HERE / folder / "expected.safetensors")
    cases = json.loads((HERE / folder / "cases.json").read_text())["cases"]
    cases = [(case["ids"], expected[f"{case['name']}.logits"].double()) for case in cases]
    return {name: tensor.double() for name, tensor in tensors.items()}, config, cases


class Independent(unittest.TestCase):
    def test_both_hands_come_to_the_same_logits(self):
        for folder, network in NETWORKS.items():
            tensors, config, cases = checkpoint(folder)
            for ids, expected in cases:
                with self.subTest(folder=folder, length=len(ids)):
                    found = network(tensors, config, ids)
                    torch.testing.assert_close(found, expected, atol=3e-5, rtol=0)

    def test_a_misread_config_would_be_seen(self):
        for folder, fields in MISREADINGS.items():
            tensors, config, cases = checkpoint(folder)
            ids, expected = cases[-1]
            for name, value in fields.items():
                self.assertNotEqual(config[name], value)
                with self.subTest(folder=folder, field=name):
                    found = NETWORKS[folder](tensors, {**config, name: value}, ids)
                    self.assertGreater(float((found - expected).abs().max()), SEEN)

    def test_softmax_of_sedd_is_what_its_sampler_draws_from(self):
        tensors, config, cases = checkpoint("sedd")
        ids, expected = cases[-1]
        sigma = independent_dit.noise_level(ids, config["tokens"])
        drawn = independent_dit.denoised(expected, ids, sigma)
        rows = torch.tensor([token == config["tokens"] for token in ids])
        softmax = expected[rows, : config["tokens"]].softmax(-1)
        torch.testing.assert_close(drawn, softmax, atol=1e-9, rtol=0)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
