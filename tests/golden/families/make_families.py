"""Make the tiny checkpoints of the families, in their published layouts, and their logits.

    python tests/golden/families/make_families.py            # all
    python tests/golden/families/make_families.py sdar       # one of them

Weights are random. The expected logits come from the `transformers` classes, or where there is
none from `plain.py`, in float32 from the weights as stored, with the family's attention mask.
"""

import json
import sys
import zlib
from pathlib import Path

import torch
from safetensors.torch import save_file

import experts
from families import FAMILIES, Family
from tokens import write_tokenizer

HERE = Path(__file__).parent
LENGTHS = (1, 9, 37)


def randomize(model):
    """Weights large enough that every part matters: a zero bias would hide one that is forgotten."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("expert_bias"):
                # Larger ones would leave some experts to no row at all.
                parameter.normal_(0.0, 0.05)
            elif name.endswith("bias"):
                parameter.normal_(0.0, 0.3)
            elif parameter.dim() == 1:
                parameter.uniform_(0.7, 1.4)
            elif "embed" in name or "wte" in name or "wpe" in name:
                parameter.normal_(0.0, 0.7)
            else:
                parameter.normal_(0.0, 1.4 / parameter.shape[-1] ** 0.5)
            parameter.copy_(parameter.half().float())


def visibility(family: Family, ids: torch.Tensor) -> torch.Tensor:
    """Additive attention mask [length, length]: 0 where row i sees key j."""
    group = torch.arange(len(ids)) // (family.block or len(ids))
    if family.masks_last:
        # Its place among the known tokens, or behind them among the masks.
        masked = ids == family.mask
        group = torch.where(masked, (~masked).sum() + masked.cumsum(0), (~masked).cumsum(0))
    return torch.where(group[None] <= group[:, None], 0.0, torch.finfo(torch.float32).min)


def logits(family: Family, model, ids: torch.Tensor) -> torch.Tensor:
    """Logits [length, vocabulary]; row i predicts position i whatever the family's shift."""
    mask = visibility(family, ids)[None, None]
    with torch.no_grad():
        if hasattr(model, "config"):
            # A class that is given no mask makes the ones that its layers need.
            mask = None if family.windowed else mask
            out = model(input_ids=ids[None], attention_mask=mask).logits[0]
        else:
            out = model(ids[None], mask)[0]
    return torch.cat([out[:1], out[:-1]]) if family.shift else out


def stored(family: Family, model) -> dict:
    """The tensors under their published names, in half precision."""
    state = {name: p.detach().half().contiguous() for name, p in model.state_dict().items()}
    if family.config.get("tie_word_embeddings"):
        state.pop("lm_head.weight", None)
    state = experts.split(state) if family.stacked else state
    named = {}
    for name, tensor in state.items():
        for old, new in family.renames.items():
            if name.startswith(old):
                name = new + name.removeprefix(old)
                break
        if not any(part in name for part in family.drop):
            named[name] = tensor
    return named | {k: v.clone() for k, v in family.extra(named).items()}


def facts(family: Family) -> dict:
    """What the engine must find."""
    attention = {None: "full", 1: "causal"}.get(family.block, {"block-causal": family.block})
    return {
        "family": family.name,
        "attention": attention,
        "shift": "next" if family.shift else "none",
        "statSpace": "tempered" if family.tempered else "raw",
        "maskId": family.mask,
    }


def make(family: Family):
    """Write one folder."""
    folder = HERE / family.folder
    folder.mkdir(exist_ok=True)
    torch.manual_seed(zlib.crc32(family.folder.encode()) + family.seed)
    model = family.build().float().eval()
    randomize(model)
    save_file(stored(family, model), folder / "model.safetensors", metadata={"format": "pt"})
    write_tokenizer(folder, family.specials, family.named)
    (folder / "config.json").write_text(json.dumps(family.config, indent=1) + "\n")
    cases, expected = [], {}
    for length in LENGTHS:
        ids = torch.randint(0, 88, (length,))
        if family.mask is not None:
            ids[torch.rand(length) < 0.5] = family.mask
        name = f"length_{length}"
        cases.append({"name": name, "ids": ids.tolist()})
        expected[f"{name}.logits"] = logits(family, model, ids).contiguous()
    spread = expected["length_37.logits"].std(-1).mean()
    print(f"{family.folder}: logits vary by {spread:.2f}")
    file = {"facts": facts(family), "cases": cases}
    (folder / "cases.json").write_text(json.dumps(file) + "\n")
    save_file(expected, folder / "expected.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for family in FAMILIES:
        if len(sys.argv) == 1 or family.folder in sys.argv[1:]:
            make(family)
