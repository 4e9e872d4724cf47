"""Is an answer right? One rule a kind of check; a story is right if it keeps its facts."""

import json


def exact(answer: str, item: dict) -> bool:
    """Equal after trimming."""
    return answer.strip() == item["answer"]


def same_json(answer: str, item: dict) -> bool:
    """Equal as JSON values, whatever spacing and order; 42 is neither 42.0 nor "42"."""
    try:
        return canonical(answer) == canonical(item["answer"])
    except (ValueError, RecursionError):
        return False


def canonical(text: str) -> str:
    """One spelling of a JSON value. Python's own comparison would hold true for 1."""
    return json.dumps(json.loads(text), sort_keys=True)


def constraint(answer: str, item: dict) -> bool:
    """Begins, ends and contains as asked; one sentence of at least four words."""
    words = answer.rstrip(".").split()
    facts = item["facts"]
    inside = words[1:-1]
    return (len(words) >= 4 and answer.endswith(".") and words[0] == facts["first"]
            and words[-1] == facts["last"] and facts["with"] in inside)


def sudoku(answer: str, item: dict) -> bool:
    """A solved grid that keeps the given digits (a puzzle may have several solutions)."""
    rows = answer.split("\n")
    if [len(row) for row in rows] != [4] * 4:
        return False
    cells = "".join(rows)
    kept = all(g in ("0", c) for g, c in zip(item["facts"]["given"], cells))
    columns = [cells[c::4] for c in range(4)]
    boxes = [rows[r][c : c + 2] + rows[r + 1][c : c + 2] for r in (0, 2) for c in (0, 2)]
    return kept and all(sorted(group) == list("1234") for group in rows + columns + boxes)


def story(answer: str, item: dict) -> bool:
    """Names whom the request names, ends like a sentence, and repeats no sentence."""
    sentences = [s.strip() for s in answer.split(".") if s.strip()]
    asked = [name for name in item["facts"]["names"] if name in item["prompt"]]
    return (len(sentences) >= 5 and answer[-1] in '."!?' and len(set(sentences)) == len(sentences)
            and all(name in answer for name in asked))


CHECKS = {
    "exact": exact, "json": same_json, "constraint": constraint, "sudoku": sudoku, "story": story,
}


def right(answer: str, item: dict) -> bool:
    """Judge one answer by the item's own check."""
    return CHECKS[item["check"]](answer, item)
