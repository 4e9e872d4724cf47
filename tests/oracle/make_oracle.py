"""Runs every case and writes `traces.json`.

    python tests/oracle/make_oracle.py

A run ends at the first decision that rounding could turn; what came before is kept. Runs with too
few clear steps are left out, and said so.
"""

import json
import time
from pathlib import Path

import torch

from canvas import Trace, Unclear
from cases import CASES, Case
from model import ROOT, Model

FILE = Path(__file__).parent / "traces.json"
# One prompt of each kind; stories leave most open, and the rules most to do.
SOURCES = ["story", "story", "constraint", "copying", "sorting_words", "sudoku4", "counting", "question", "json", "story"]
RUNS = 4  # of a case
FEWEST_STEPS = 2  # of a run that was cut short


def questions() -> list[str]:
    """Prompts of the exam, in the order of `SOURCES`."""
    taken = {name: 0 for name in SOURCES}
    found = []
    for name in SOURCES:
        lines = (ROOT / "tests/exam" / f"{name}.jsonl").read_text().splitlines()
        found.append(json.loads(lines[taken[name]])["prompt"])
        taken[name] += 1
    return found


def run(model: Model, case: Case, question: str) -> tuple[dict | None, str]:
    """One run as `traces.json` holds it, and what to say of it."""
    prompt = model.prompt(question)
    trace, end = Trace(model, prompt, case.length), "to the end"
    try:
        case.rule(trace, **case.arguments)
    except Unclear as unclear:
        end = f"then unclear {unclear}"
    said = f"{len(trace.steps)} steps, {end}"
    complete = end == "to the end"
    if not complete and len(trace.steps) < FEWEST_STEPS:
        return None, f"left out: {said}"
    request = {"chat": [{"role": "user", "content": question}], "length": case.length, **case.request}
    ids = trace.ids[trace.start :]
    return {"case": case.name, "request": request, "prompt": prompt, "steps": trace.steps,
            "complete": complete, "ids": ids}, said  # fmt: skip


def sample(model: Model, question: str) -> dict:
    """Some logits, so that a test can tell another network from another rule."""
    ids = model.prompt(question) + [model.mask] * 8
    logits = model.raw(ids)
    first = logits.argmax(1)
    return {"ids": ids, "top": first.tolist(), "logit": [round(float(x), 4) for x in logits.max(1)]}


def main():
    torch.set_num_threads(1)
    model, asked, began = Model(), questions(), time.time()
    runs = []
    for case in CASES:
        kept = 0
        for question in asked:
            if kept == RUNS:
                break
            found, said = run(model, case, question)
            print(f"{case.name}: {question.splitlines()[0][:40]!r}: {said}")
            if found:
                runs.append(found)
                kept += 1
        assert kept >= 2, f"{case.name}: too few clear runs"
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in runs)
    head = json.dumps(sample(model, asked[0]), separators=(",", ":"))
    FILE.write_text(f'{{"sample":{head},\n"runs":[\n{lines}\n]}}\n')
    whole = sum(one["complete"] for one in runs)
    steps = sum(len(one["steps"]) for one in runs)
    print(f"{len(runs)} runs, {whole} of them whole, {steps} steps, {time.time() - began:.0f} s")


if __name__ == "__main__":
    main()
