"""Draw the loss curves of training logs as one picture.

    python curve.py --logs DIR/log.jsonl ... --out loss.png
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

SMOOTH = 10  # log lines a point, where there are many
POINTS = 12  # of a short log, at least


def curve(file: Path):
    """(millions of tokens, loss) of a log, averaged over a few lines."""
    lines = []
    for line in map(json.loads, file.read_text().splitlines()):
        # A resumed run repeats what came after its checkpoint.
        lines = [earlier for earlier in lines if earlier["step"] < line["step"]] + [line]
    size = max(1, min(SMOOTH, len(lines) // POINTS))
    groups = [lines[i : i + size] for i in range(0, len(lines), size)]
    tokens = [group[-1]["tokens"] / 1e6 for group in groups]
    return tokens, [sum(line["loss"] for line in group) / len(group) for group in groups]


def main():
    """Parse the options and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    for file in options.logs:
        axes.plot(*curve(file), label=file.parent.name)
    axes.set(xlabel="million tokens", ylabel="loss (nats a token)", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(options.out, dpi=120)


if __name__ == "__main__":
    main()
