"""Which items belong to the exam. The only place that decides it.

An item's *key* names what must not be shared: the number pair, the list, the puzzle, the entity.
The hash of the key sends a tenth of all keys to the exam; training refuses exactly those.
"""

import hashlib

EXAM_SHARE = 10  # one key in ten


def is_exam(key: str) -> bool:
    """True if the item with this key may occur in the exam only."""
    return hashlib.sha256(key.encode()).digest()[0] % EXAM_SHARE == 0


def draw(make, exam: bool, attempts: int = 10_000):
    """The first item of `make()` that lies on the wanted side; items have a `keys` list.

    In the exam all keys must be exam keys, in training none may be.
    """
    for _ in range(attempts):
        item = make()
        sides = [is_exam(key) for key in item.keys]
        if (exam and all(sides)) or (not exam and not any(sides)):
            return item
    raise RuntimeError("no item found on the wanted side of the split")
