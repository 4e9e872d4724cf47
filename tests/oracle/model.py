"""`models/tiny` by the classes of `transformers`, in float32, from its shipped weights."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/golden"))
from network import build  # noqa: E402
from specs import Spec  # noqa: E402

FOLDER = ROOT / "models/tiny"


def spec(config: dict) -> Spec:
    """What `config.json` says, as the golden networks are described."""
    return Spec(
        "tiny", config["model_type"], config["model_type"], config["architectures"][0],
        hidden=config["hidden_size"], inner=config["intermediate_size"],
        heads=config["num_attention_heads"], kv_heads=config["num_key_value_heads"],
        head_dim=config["head_dim"], vocab=config["vocab_size"], theta=config["rope_theta"],
        epsilon=config["rms_norm_eps"], tied=config["tie_word_embeddings"], shift=False,
        storage=torch.float16, seed=0, layers=config["num_hidden_layers"],
        eos=config["eos_token_id"], mask=config["mask_token_id"],
    )  # fmt: skip


class Model:
    """Ids in, logits out; and the few facts that the rules ask for."""

    def __init__(self, folder: Path = FOLDER):
        config = json.loads((folder / "config.json").read_text())
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.mask, self.eos = config["mask_token_id"], config["eos_token_id"]
        self.context, self.vocab = config["max_position_embeddings"], config["vocab_size"]
        self.network = build(spec(config)).eval()
        state = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
        missing, unexpected = self.network.load_state_dict(state, strict=False)
        assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
        self.network.tie_weights()
        texts = [self.tokenizer.decode([id], skip_special_tokens=False) for id in range(self.vocab)]
        self.line_breaks = {id for id, text in enumerate(texts) if "\n" in text}

    def prompt(self, question: str) -> list[int]:
        """A question in the form of the chat template."""
        return self.tokenizer.encode(f"<|user|>{question}<|assistant|>", add_special_tokens=False).ids

    def raw(self, ids, positions=None, sees=None) -> np.ndarray:
        """Logits [len(ids), vocab] in float64, computed in float32; nothing is banned.

        `positions` are the rotation's, by default 0, 1, …; `sees` [rows, keys] says which row sees
        which key, by default all do.
        """
        ids = torch.tensor(np.asarray(ids, dtype=np.int64))[None]
        rows = ids.shape[1]
        positions = torch.arange(rows) if positions is None else torch.tensor(np.asarray(positions))
        sees = torch.ones(rows, rows, dtype=torch.bool) if sees is None else torch.tensor(sees)
        lowest = torch.finfo(torch.float32).min
        mask = torch.where(sees, 0.0, lowest)[None, None]
        with torch.no_grad():
            out = self.network(
                input_ids=ids, attention_mask=mask, position_ids=positions[None], use_cache=False
            )
        return out.logits[0].double().numpy()

    def logits(self, ids, positions=None, sees=None) -> np.ndarray:
        """As `raw`, with MASK banned: no rule may propose it (handbook, 1.8)."""
        logits = self.raw(ids, positions, sees)
        logits[:, self.mask] = -np.inf
        return logits
