"""Judge a model folder on the exam, in PyTorch: one token a forward and threshold, in blocks.

    python evaluate.py --model DIR --exam tests/exam [--items 40] [--block 8] [--stories 5]
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch

from decode import Folder, generate
from judge import right



def by_length(prompts):
    """Groups of indices whose prompts have the same length: they decode as one batch."""
    groups = defaultdict(list)
    for index, prompt in enumerate(prompts):
        groups[len(prompt)].append(index)
    return groups.values()


def run_task(folder, items, length: int, block: int, threshold):
    """(answers, tokens per forward) of a list of items."""
    prompts = [folder.chat(item["prompt"]) for item in items]
    answers, forwards, committed = [None] * len(items), 0.0, 0.0
    for group in by_length(prompts):
        ids, used, done = generate(folder, [prompts[i] for i in group], length, block, threshold)
        forwards, committed = forwards + float(used.sum()), committed + float(done.sum())
        for index, row in zip(group, ids):
            answers[index] = folder.text(row)
    return answers, committed / forwards


def main():
    """Parse the options and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--exam", type=Path, required=True)
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--block", type=int, default=8)
    parser.add_argument("--threshold", type=float, default=0.9)
    parser.add_argument("--stories", type=int, default=4, help="stories to print and judge")
    parser.add_argument("--tasks", help="comma-separated, all by default")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = Folder(options.model)
    wanted = options.tasks.split(",") if options.tasks else None
    # Canvas after the prompt, by task: room for the longest answer and more.
    lengths = json.loads((options.exam / "lengths.json").read_text())
    print(f"{'task':16}{'one a step':>12}{'threshold':>12}{'tokens/forward':>16}")
    for file in sorted(options.exam.glob("*.jsonl")):
        task = file.stem
        if wanted and task not in wanted:
            continue
        count = options.stories if task == "story" else options.items
        items = [json.loads(line) for line in file.read_text().splitlines()[:count]]
        length = lengths.get(task, lengths["default"])
        scores, speed, answers = [], 0.0, []
        for threshold in (None, options.threshold):
            answers, speed = run_task(folder, items, length, options.block, threshold)
            good = sum(right(answer, item) for answer, item in zip(answers, items))
            scores.append(100 * good / max(1, len(items)))
        print(f"{task:16}{scores[0]:11.1f}%{scores[1]:11.1f}%{speed:16.2f}", flush=True)
        for item, answer in list(zip(items, answers))[: options.stories if task == "story" else 1]:
            print(f"    {item['prompt']!r}\n    -> {answer!r}")


if __name__ == "__main__":
    main()
