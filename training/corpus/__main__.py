"""Write training items as JSON lines.

    python -m corpus --mix sharp --count 300000 --seed 1 --out /tmp/corpus.jsonl [--real stories.jsonl]
"""

import argparse
import json
from pathlib import Path
from random import Random

from .mix import MIXES, training_items
from .stories import RealStories


def main():
    """Parse the options and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mix", choices=list(MIXES), default="sharp")
    parser.add_argument("--count", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=Path, help="file of real stories, one JSON object a line")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    real = RealStories(options.real) if options.real else None
    items = training_items(Random(options.seed), options.mix, real)
    with options.out.open("w", encoding="utf-8") as out:
        for _ in range(options.count):
            item = next(items)
            out.write(json.dumps({"t": item.task, "p": item.prompt, "a": item.answer}) + "\n")


if __name__ == "__main__":
    main()
