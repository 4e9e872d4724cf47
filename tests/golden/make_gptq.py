"""A small case of GPTQ in NumPy, written from the paper (Frantar et al., arXiv 2210.17323), not from the engine.

    pip install numpy
    python tests/golden/make_gptq.py

Column by column, with the Cholesky factor of the inverse of the damped second moments, as in the paper's algorithm 1
(without its batches of columns, which change the order of the work, not the result). Blocks of 32 have a scale of
their own, chosen when their first column is reached: of a grid of scales the one with the least error, each weight's
squared over the square of the factor's diagonal. Writes `gptq/case.json`.
"""

import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).parent / "gptq"
BLOCK = 32
DAMPING = 0.01
SCHEMES = {
    "q4_0": {"low": -8, "high": 7, "shares": [1 - 0.025 * n for n in range(17)]},
    "q8_0": {"low": -127, "high": 127, "shares": [1 - 0.01 * n for n in range(5)]},
}


def factor(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The upper factor of the inverse, and which columns no input has anything in."""
    moments = inputs.T @ inputs
    diagonal = np.diag(moments).copy()
    dead = diagonal == 0
    damped = moments + np.diag(np.where(dead, 1.0, DAMPING * diagonal.mean()))
    return np.linalg.cholesky(np.linalg.inv(damped)).T, dead


def nearest(weights: np.ndarray, scale: np.ndarray, scheme: dict) -> np.ndarray:
    quotient = np.divide(weights, scale, out=np.zeros_like(weights), where=scale != 0)
    away = np.sign(quotient) * np.floor(np.abs(quotient) + 0.5)
    return np.clip(away, scheme["low"], scheme["high"])


def scales(block: np.ndarray, importance: np.ndarray, scheme: dict) -> np.ndarray:
    """A scale for each row of `block`."""
    chosen = np.zeros(len(block))
    for row, weights in enumerate(block):
        largest = weights[np.argmax(np.abs(weights))]
        least = np.inf
        for share in scheme["shares"]:
            for end in (scheme["low"], scheme["high"]):
                scale = np.float64(np.float16(largest / end * share))
                error = weights - scale * nearest(weights, np.full_like(weights, scale), scheme)
                cost = float(np.sum(importance * error**2))
                if cost < least:
                    least, chosen[row] = cost, scale
    return chosen


def gptq(weights: np.ndarray, inputs: np.ndarray, scheme: dict) -> tuple[np.ndarray, np.ndarray]:
    """Quants `[n, k]` and scales `[n, k / 32]`."""
    upper, dead = factor(inputs)
    left = np.where(dead, 0.0, weights)
    quants = np.zeros_like(weights)
    all_scales = []
    importance = 1 / np.diag(upper) ** 2
    for j in range(weights.shape[1]):
        if j % BLOCK == 0:
            block = slice(j, j + BLOCK)
            scale = scales(left[:, block], importance[block], scheme)
            all_scales.append(scale)
        quants[:, j] = nearest(left[:, j], scale, scheme)
        error = (left[:, j] - scale * quants[:, j]) / upper[j, j]
        left[:, j:] -= np.outer(error, upper[j, j:])
    return quants, np.stack(all_scales, axis=1)


def main() -> None:
    rng = np.random.default_rng(7)
    rows, columns, count = 6, 96, 120
    mixing = rng.normal(size=(columns, columns)) / np.sqrt(columns)
    inputs = rng.normal(size=(count, columns)) @ mixing + 0.3 * rng.normal(size=(count, columns))
    inputs[:, 5] *= 8  # an outlier channel, as language models have
    inputs[:, 40] = 0  # a dead one
    weights = rng.standard_t(4, size=(rows, columns))
    # Whole numbers: 64ths and 4096ths.
    inputs, weights = np.round(64 * inputs), np.round(205 * weights)
    case = {
        "columns": columns,
        "inputs": inputs.astype(int).ravel().tolist(),
        "weights": weights.astype(int).ravel().tolist(),
    }
    for name, scheme in SCHEMES.items():
        quants, chosen = gptq(weights / 4096, inputs / 64, scheme)
        case[name] = {"quants": quants.astype(int).ravel().tolist(), "scales": chosen.ravel().tolist()}
    OUT.mkdir(exist_ok=True)
    (OUT / "case.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
