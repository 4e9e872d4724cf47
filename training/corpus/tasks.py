"""Tasks with answers that can be checked: numbers and lists.

Every function takes a `random.Random` and returns one Item; `keys` hold whatever the exam keeps.
"""

from . import words
from .item import Item

ASKS = ["What is {x}?", "{x} = ?", "Calculate {x}."]


def digits(random, longest: int) -> int:
    """A number with 1..longest digits, all lengths about equally likely."""
    length = random.randint(1, longest)
    return random.randrange(0 if length == 1 else 10 ** (length - 1), 10**length)


def arithmetic(random, longest: int = 2) -> Item:
    """A sum or a difference; the pair is the key, whatever the sign and the order."""
    a, b = digits(random, longest), digits(random, longest)
    plus = random.random() < 0.6
    if not plus:
        a, b = max(a, b), min(a, b)
    text, value = (f"{a} + {b}", a + b) if plus else (f"{a} - {b}", a - b)
    prompt = random.choice(ASKS).format(x=text)
    task = f"arithmetic{len(str(max(a, b)))}"
    return Item(task, prompt, str(value), [f"pair:{min(a, b)}:{max(a, b)}"])


def arithmetic3(random) -> Item:
    """Sums and differences of up to three digits."""
    return arithmetic(random, 3)


def product(random) -> Item:
    """A product of one-digit by up-to-two-digit numbers."""
    a, b = random.randint(2, 9), random.randint(2, 99)
    if random.random() < 0.5:
        a, b = b, a
    prompt = random.choice(ASKS).format(x=f"{a} * {b}")
    return Item("product", prompt, str(a * b), [f"pair:{min(a, b)}:{max(a, b)}"])


def sorting(random) -> Item:
    """Sort 3 to 6 distinct numbers, either way; the set of numbers is the key."""
    count = random.randint(3, 6)
    numbers = random.sample(range(100), count)
    up = random.random() < 0.7
    listed = ", ".join(map(str, numbers))
    prompt = f"Sort {listed}." if up else f"Sort {listed} from high to low."
    ordered = sorted(numbers, reverse=not up)
    key = "sort:" + ",".join(map(str, sorted(numbers)))
    return Item("sorting", prompt, ", ".join(map(str, ordered)), [key])


def sorting_words(random) -> Item:
    """Sort 3 to 5 words by alphabet."""
    chosen = random.sample(words.COPY_WORDS, random.randint(3, 5))
    key = "abc:" + ",".join(sorted(chosen))
    return Item("sorting_words", f"Sort by alphabet: {', '.join(chosen)}.",
                ", ".join(sorted(chosen)), [key])


def counting(random) -> Item:
    """How often a word occurs in a short list."""
    kinds = random.sample(words.ANIMALS, 2)
    listed = [random.choice(kinds) for _ in range(random.randint(3, 9))]
    target = random.choice(kinds)
    prompt = f"How many times does {target} occur: {', '.join(listed)}?"
    return Item("counting", prompt, str(listed.count(target)), ["count:" + ",".join(listed)])


def copying(random) -> Item:
    """Repeat a list of words as it is, backwards, or without one of them."""
    chosen = random.sample(words.COPY_WORDS, random.randint(2, 6))
    listed, key = " ".join(chosen), "copy:" + " ".join(sorted(chosen))
    kind = random.choice(["as", "back", "without", "as"])
    if kind == "as":
        return Item("copying", f"Repeat: {listed}", listed, [key])
    if kind == "back":
        return Item("copying", f"Say backwards: {listed}", " ".join(reversed(chosen)), [key])
    gone = random.choice(chosen)
    rest = " ".join(word for word in chosen if word != gone)
    return Item("copying", f"Repeat without {gone}: {listed}", rest, [key])


def expression(random) -> Item:
    """A three-line program with a value."""
    x, y = random.randint(1, 99), random.randint(1, 99)
    sign = random.choice("+-")
    z = x + y if sign == "+" else x - y
    prompt = f"x = {x}\ny = x {sign} {y}\nprint(y)"
    return Item("expression", prompt, str(z), [f"pair:{min(x, y)}:{max(x, y)}"])


def solved_grids() -> list[str]:
    """All 288 solved 4x4 grids, row by row, found by filling cells in order."""
    grids = [""]
    for cell in range(16):
        grids = [grid + value for grid in grids for value in "1234" if fits(grid, value, cell)]
    return grids


def fits(grid: str, value: str, cell: int) -> bool:
    """Whether `value` may stand at `cell` after the cells filled so far."""
    row, column = divmod(cell, 4)
    return not any(
        grid[other] == value
        and (other // 4 == row or other % 4 == column
             or (other // 8 == cell // 8 and other % 4 // 2 == column // 2))
        for other in range(cell)
    )


GRIDS = solved_grids()


def sudoku4(random) -> Item:
    """A 4x4 sudoku as four rows of digits, 0 for empty, with one solution; that is the key."""
    grid = random.choice(GRIDS)
    while True:
        holes = random.sample(range(16), random.randint(4, 9))
        shown = "".join("0" if i in holes else value for i, value in enumerate(grid))
        if sum(all(s in ("0", g) for s, g in zip(shown, other)) for other in GRIDS) == 1:
            break
    rows = lambda cells: "\n".join(cells[i : i + 4] for i in range(0, 16, 4))
    return Item("sudoku4", f"Solve:\n{rows(shown)}", rows(grid), [f"grid:{grid}"],
                check="sudoku", facts={"given": shown})
