"""Saves tensors as `torch.save` does, and beside them as safetensors: what a reader of the one must give.

    pip install torch safetensors
    python tests/golden/make_torch.py

`torch/single` and `torch/sharded` hold the weights of `llama`, whole and in two files. `torch/odd.bin` has what a
dictionary of tensors may have beside plain ones: shared storages, parameters, windows, every type.
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent
OUT = HERE / "torch"
INDEX = "pytorch_model.bin.index.json"


def odd() -> OrderedDict:
    generator = torch.Generator().manual_seed(0)
    shared = torch.randn(6, 4, generator=generator)
    state = OrderedDict(
        embedding=shared,
        head=shared,  # tied: one storage, two names
        window=shared[2:5],  # begins inside of it
        parameter=torch.nn.Parameter(torch.randn(3, 2, generator=generator)),
        scalar=torch.tensor(2.5),
        nothing=torch.zeros(0, 4),
        column=torch.randn(3, 1, generator=generator)[:, 0:1],
    )
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        state[str(dtype)] = torch.randn(2, 3, generator=generator).to(dtype)
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool):
        state[str(dtype)] = torch.tensor([0, 1, 1], dtype=dtype)
    # What a module's state_dict() carries along, and what is no tensor.
    state._metadata = OrderedDict({"": {"version": 1}, "layer": {"version": 2}})
    state["steps"] = 7
    return state


def main() -> None:
    for folder in ("single", "sharded"):
        (OUT / folder).mkdir(parents=True, exist_ok=True)
    state = odd()
    torch.save(state, OUT / "odd.bin")
    torch.save({"epoch": 3, "state_dict": {"w": torch.ones(2)}, "betas": [0.9, 0.95]}, OUT / "wrapped.bin")
    torch.save({"w": torch.ones(2, 3).t()}, OUT / "transposed.bin")
    tensors = {name: tensor.detach().clone() for name, tensor in state.items() if torch.is_tensor(tensor)}
    save_file(tensors, OUT / "odd.safetensors")

    weights = load_file(HERE / "llama" / "model.safetensors")
    torch.save(weights, OUT / "single" / "pytorch_model.bin")
    names = sorted(weights)
    halves = [names[::2], names[1::2]]
    files = [f"pytorch_model-0000{number}-of-00002.bin" for number in (1, 2)]
    weight_map = {}
    for file, half in zip(files, halves):
        torch.save({name: weights[name] for name in half}, OUT / "sharded" / file)
        weight_map |= dict.fromkeys(half, file)
    index = {"metadata": {}, "weight_map": dict(sorted(weight_map.items()))}
    (OUT / "sharded" / INDEX).write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
