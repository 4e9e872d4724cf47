"""Makes the quantisation goldens: weights, and what ggml's own Python coders make of them.

    pip install gguf numpy
    python tests/golden/quant/make.py

Writes beside itself, all little endian:
    rows.f32     [40, 64] float32, blocks of 32 of many kinds
    q8_0.ggml    80 ggml blocks of 34 bytes: f16 scale, 32 int8
    q4_0.ggml    80 ggml blocks of 18 bytes: f16 scale, 16 bytes of nibbles
    q8_0.f32, q4_0.f32   what ggml unpacks them to, [40, 64] float32

    q4_1.blocks, q5_0.blocks, q5_1.blocks, q4_k.blocks, q5_k.blocks, q6_k.blocks   blocks of
    types that are only read: of random bytes, so that every bit counts, with finite scales; and
    what ggml unpacks them to, `.f32`, float32
"""

from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

HERE = Path(__file__).parent
BLOCK = 32
BLOCKS = 80

# Types that are only read, and where their blocks have an f16.
READ = {
    GGMLQuantizationType.Q4_1: (0, 2),
    GGMLQuantizationType.Q5_0: (0,),
    GGMLQuantizationType.Q5_1: (0, 2),
    GGMLQuantizationType.Q4_K: (0, 2),
    GGMLQuantizationType.Q5_K: (0, 2),
    GGMLQuantizationType.Q6_K: (208,),
}
READ_WEIGHTS = 2048


def special_blocks(rng: np.random.Generator) -> list[np.ndarray]:
    """Blocks at the edges: zeros, ties, one spike, subnormal and large scales.

    No block of -0.0: there ggml's C and Python encoders store different zeros as the scale.
    """
    normal = rng.standard_normal(BLOCK)
    spike = np.zeros(BLOCK)
    spike[17] = -3.25
    ties = np.where(np.arange(BLOCK) % 2 == 0, 1.5, -1.5)
    return [
        np.zeros(BLOCK),
        spike,
        -spike,
        ties,  # both signs have the largest magnitude: the first one decides
        -ties,
        np.arange(BLOCK) - 15.5,
        np.arange(BLOCK) - 16.0,  # halves: w / d lands on .5
        np.linspace(-127, 127, BLOCK),
        np.round(np.linspace(-127, 127, BLOCK)) / 2,  # halves for q8_0
        normal * 1e-3,  # f16 scale is subnormal for q8_0
        normal * 1e-5,
        normal * 1e-6,
        normal * 1e-8,  # f16 scale is zero
        normal * 1e-30,
        normal * 1e5,
        np.full(BLOCK, 500000.0),  # near the largest scale of q4_0
    ]


def random_blocks(rng: np.random.Generator, kind: GGMLQuantizationType) -> np.ndarray:
    """Whole blocks of random bits, `[blocks, bytes]`; f16s are of any sign and usual size."""
    weights, size = GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (READ_WEIGHTS // weights, size), dtype=np.uint8)
    for at in READ[kind]:
        scales = rng.standard_normal(len(blocks)) * 10.0 ** rng.uniform(-6, 1, len(blocks))
        blocks[:, at : at + 2] = scales.astype("<f2").view(np.uint8).reshape(-1, 2)
    return blocks


def main() -> None:
    rng = np.random.default_rng(20)
    blocks = special_blocks(rng)
    while len(blocks) < BLOCKS:
        blocks.append(rng.standard_normal(BLOCK) * 10.0 ** rng.uniform(-4, 2))
    rows = np.concatenate(blocks).astype("<f4").reshape(-1, 2 * BLOCK)
    rows.tofile(HERE / "rows.f32")
    for kind in (GGMLQuantizationType.Q8_0, GGMLQuantizationType.Q4_0):
        packed = quants.quantize(rows, kind)
        packed.tofile(HERE / f"{kind.name.lower()}.ggml")
        quants.dequantize(packed, kind).astype("<f4").tofile(HERE / f"{kind.name.lower()}.f32")
    for kind in READ:
        packed = random_blocks(rng, kind)
        packed.tofile(HERE / f"{kind.name.lower()}.blocks")
        quants.dequantize(packed, kind).astype("<f4").tofile(HERE / f"{kind.name.lower()}.f32")


if __name__ == "__main__":
    main()
