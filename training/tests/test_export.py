"""The exported folder means the same to `transformers` as to the trainer."""

import tempfile
import unittest
from dataclasses import asdict
from pathlib import Path

import torch
from transformers import Qwen3ForCausalLM

from decode import Folder
from export import export
from model import Network, Shape
from tokenizer import save, train

SMALL = Shape(vocab=300, hidden=32, inner=64, layers=2, heads=4, kv_heads=2, head_dim=16)


class Export(unittest.TestCase):
    def test_transformers_computes_the_same_logits(self):
        torch.manual_seed(1)
        network = Network(SMALL).eval()
        for parameter in network.parameters():
            if parameter.dim() == 1:
                torch.nn.init.uniform_(parameter, 0.5, 1.5)
        saved = {"model": "tiny", "shape": asdict(SMALL), "network": network.state_dict(),
                 "average": network.state_dict(), "step": 0, "tokens": 0, "seconds": 0.0}
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            place = Path(folder)
            torch.save(saved, place / "checkpoint.pt")
            save(train(["a fox and an owl"], 300), place / "tokenizer")
            export(place / "checkpoint.pt", place / "tokenizer", place / "out", "float32")
            ids = torch.randint(4, 300, (1, 24))
            ours = Folder(place / "out").network
            theirs = Qwen3ForCausalLM.from_pretrained(place / "out", attn_implementation="eager")
            everything = torch.zeros(1, 1, 24, 24)
            expected = theirs(input_ids=ids, attention_mask=everything, use_cache=False).logits
            torch.testing.assert_close(ours.head(ours(ids)), expected, atol=1e-4, rtol=1e-4)


if __name__ == "__main__":
    unittest.main()
