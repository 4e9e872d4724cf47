"""Write text to calibrate the embedded model's rounding on: items of the training mix, none of the exam's.

    python calibration.py --out ../tests/calibration/tiny.jsonl [--items 384]
"""

import argparse
import json
from pathlib import Path
from random import Random

from corpus.mix import training_items

MIX = "settle"


def main():
    """Parse the options and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--items", type=int, default=384)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    # A seed that no training run has: the same kinds of items, but not those that it saw first.
    items = training_items(Random(f"calibration:{options.seed}"), MIX)
    lines = [{"prompt": item.prompt, "answer": item.answer} for _, item in zip(range(options.items), items)]
    options.out.write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
