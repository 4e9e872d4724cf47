"""Makes the goldens of packed weights: small folders as GPTQ, AWQ and MLX write them.

    pip install numpy safetensors
    python tests/golden/packed/make.py

Quants, scales and zeros are random; each layout is written down value by value, from its project's
description, and what it means is computed beside it in float32. In each folder:

    config.json          how the weights are packed
    model.safetensors    the packed weights of two layers, "a" and "b", and a plain one
    expected.safetensors float32 [outputs, inputs] of "a.weight" and "b.weight"
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

HERE = Path(__file__).parent
SHAPES = {"a": (24, 64), "b": (16, 96)}  # outputs, inputs
GROUP = 32
AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def put(words: np.ndarray, at: tuple[int, int], place: int, quant: int, bits: int) -> None:
    """ORs `quant` into a word, `place` quants from its low end."""
    words[at] |= np.uint32(int(quant) << (bits * place))


def gptq(rng: np.random.Generator, outputs: int, inputs: int, bits: int, second: bool, ordered: bool):
    """Packed tensors and the weight of GPTQ."""
    groups, per_word = inputs // GROUP, 32 // bits
    quants = rng.integers(0, 2**bits, (inputs, outputs))
    zeros = rng.integers(1, 2**bits, (groups, outputs))
    scales = (rng.standard_normal((groups, outputs)) * 0.02).astype(np.float16)
    group_of = np.arange(inputs) // GROUP
    if not ordered:
        group_of = rng.permutation(group_of)
    qweight = np.zeros((inputs // per_word, outputs), np.uint32)
    qzeros = np.zeros((groups, outputs // per_word), np.uint32)
    weight = np.zeros((outputs, inputs), np.float32)
    for k in range(inputs):
        for n in range(outputs):
            put(qweight, (k // per_word, n), k % per_word, quants[k, n], bits)
            g = group_of[k]
            weight[n, k] = np.float32(scales[g, n]) * np.float32(quants[k, n] - zeros[g, n])
    for g in range(groups):
        for n in range(outputs):
            put(qzeros, (g, n // per_word), n % per_word, zeros[g, n] - (0 if second else 1), bits)
    parts = {
        "qweight": qweight.view(np.int32),
        "qzeros": qzeros.view(np.int32),
        "scales": scales,
        "g_idx": group_of.astype(np.int32),
    }
    return parts, weight


def awq(rng: np.random.Generator, outputs: int, inputs: int):
    """Packed tensors and the weight of AWQ."""
    groups = inputs // GROUP
    quants = rng.integers(0, 16, (inputs, outputs))
    zeros = rng.integers(0, 16, (groups, outputs))
    scales = (rng.standard_normal((groups, outputs)) * 0.02).astype(np.float16)
    qweight = np.zeros((inputs, outputs // 8), np.uint32)
    qzeros = np.zeros((groups, outputs // 8), np.uint32)
    for word in range(outputs // 8):
        for place, column in enumerate(AWQ_ORDER):
            n = 8 * word + column
            for k in range(inputs):
                put(qweight, (k, word), place, quants[k, n], 4)
            for g in range(groups):
                put(qzeros, (g, word), place, zeros[g, n], 4)
    scale = scales.astype(np.float32).repeat(GROUP, 0)
    weight = scale * (quants - zeros.repeat(GROUP, 0)).astype(np.float32)
    parts = {"qweight": qweight.view(np.int32), "qzeros": qzeros.view(np.int32), "scales": scales}
    return parts, np.ascontiguousarray(weight.T)


def mlx(rng: np.random.Generator, outputs: int, inputs: int, bits: int):
    """Packed tensors and the weight of MLX."""
    groups, per_word = inputs // GROUP, 32 // bits
    quants = rng.integers(0, 2**bits, (outputs, inputs))
    scales = (rng.standard_normal((outputs, groups)) * 0.02).astype(np.float16)
    biases = rng.standard_normal((outputs, groups)).astype(np.float16)
    words = np.zeros((outputs, inputs // per_word), np.uint32)
    for n in range(outputs):
        for k in range(inputs):
            put(words, (n, k // per_word), k % per_word, quants[n, k], bits)
    widen = lambda values: values.astype(np.float32).repeat(GROUP, 1)
    weight = widen(scales) * quants.astype(np.float32) + widen(biases)
    return {"weight": words, "scales": scales, "biases": biases}, weight


def write(name: str, config: dict, pack) -> None:
    """One folder: `pack` makes the parts and the weight of a shape."""
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    packed = {"plain.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}
    expected = {}
    for layer, (outputs, inputs) in SHAPES.items():
        parts, weight = pack(layer, outputs, inputs)
        packed |= {f"{layer}.{part}": np.ascontiguousarray(values) for part, values in parts.items()}
        expected[f"{layer}.weight"] = weight.astype(np.float32)
    (folder / "config.json").write_text(json.dumps(config) + "\n")
    save_file(packed, folder / "model.safetensors")
    save_file(expected, folder / "expected.safetensors")


def main() -> None:
    rng = np.random.default_rng(7)
    of_gptq = {"quant_method": "gptq", "bits": 4, "group_size": GROUP, "desc_act": False}
    write(
        "gptq",
        {"quantization_config": of_gptq | {"checkpoint_format": "gptq"}},
        lambda _, n, k: gptq(rng, n, k, 4, second=False, ordered=True),
    )
    write(
        "gptq_v2",
        {"quantization_config": of_gptq | {"checkpoint_format": "gptq_v2", "bits": 8, "desc_act": True}},
        lambda _, n, k: gptq(rng, n, k, 8, second=True, ordered=False),
    )
    write(
        "awq",
        {"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": GROUP, "version": "gemm"}},
        lambda _, n, k: awq(rng, n, k),
    )
    write(
        "mlx",
        {"quantization": {"group_size": GROUP, "bits": 4, "mode": "affine", "b": {"group_size": GROUP, "bits": 8}}},
        lambda layer, n, k: mlx(rng, n, k, 4 if layer == "a" else 8),
    )


if __name__ == "__main__":
    main()
