"""Write the exam: one file a task, items that training never sees.

    python exam.py --out tests/exam [--items 200]
"""

import argparse
import json
from pathlib import Path
from random import Random

from corpus.mix import EXAM
from corpus.split import draw

NAMES = {"arithmetic": "arithmetic", "facts_json": "json", "grammar_story": "story"}


def exam_items(make, count: int, seed: int) -> list[dict]:
    """`count` different items of one task, from the exam side of the split."""
    random, seen, items = Random(f"{make.__name__}:{seed}"), set(), []
    for _ in range(count * 200):
        item = draw(lambda: make(random), exam=True)
        if item.prompt not in seen:
            seen.add(item.prompt)
            items.append({"prompt": item.prompt, "answer": item.answer, "check": item.check,
                          "facts": item.facts, "keys": item.keys})
        if len(items) == count:
            return items
    raise RuntimeError(f"{make.__name__} has only {len(items)} exam items")


def main():
    """Parse the options and write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for make in EXAM:
        name = NAMES.get(make.__name__, make.__name__)
        items = exam_items(make, options.items, options.seed)
        lines = "".join(json.dumps(item) + "\n" for item in items)
        (options.out / f"{name}.jsonl").write_text(lines)


if __name__ == "__main__":
    main()
