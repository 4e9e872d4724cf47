"""Which task occurs how often. A weight is a share of items, not of tokens."""

from . import language_tasks, stories, tasks
from .split import draw

MIXES = {
    # For a few hours of a shared CPU: weighted by what is hard to learn, stories kept short of a third
    # of the tokens.
    "sharp": {
        stories.grammar_story: 5, stories.plain_story: 1, "real": 1,
        tasks.arithmetic: 10, tasks.arithmetic3: 24, tasks.product: 3, tasks.sorting: 14,
        tasks.sorting_words: 3, tasks.counting: 2, tasks.copying: 6, tasks.expression: 2,
        tasks.sudoku4: 11, language_tasks.facts_json: 6, language_tasks.question: 3,
        language_tasks.constraint: 6, language_tasks.fill: 3,
    },
    # The second half of the run: what `sharp` left weak, names above all, and less of what it knew.
    "bind": {
        stories.grammar_story: 5, stories.plain_story: 1, "real": 1,
        tasks.arithmetic: 8, tasks.arithmetic3: 22, tasks.product: 2, tasks.sorting: 16,
        tasks.sorting_words: 3, tasks.counting: 2, tasks.copying: 3, tasks.expression: 3,
        tasks.sudoku4: 5, language_tasks.facts_json: 14, language_tasks.question: 8,
        language_tasks.constraint: 3, language_tasks.fill: 6,
    },
    # A third part: names that a request gives, in openings first and whole stories then; numbers again.
    "tell": {
        stories.grammar_story: 7, stories.opening: 14, stories.plain_story: 1, "real": 1,
        tasks.arithmetic: 6, tasks.arithmetic3: 24, tasks.product: 3, tasks.sorting: 6,
        tasks.sorting_words: 3, tasks.counting: 4, tasks.copying: 4, tasks.expression: 6,
        tasks.sudoku4: 3, language_tasks.facts_json: 15, language_tasks.question: 6,
        language_tasks.constraint: 2, language_tasks.fill: 8, language_tasks.rewriting: 10,
    },
    # The end: what `tell` let go of, at a low rate.
    "settle": {
        stories.grammar_story: 5, stories.opening: 4, "real": 1,
        tasks.arithmetic: 6, tasks.arithmetic3: 22, tasks.product: 3, tasks.sorting: 20,
        tasks.sorting_words: 12, tasks.counting: 4, tasks.copying: 5, tasks.expression: 6,
        tasks.sudoku4: 4, language_tasks.facts_json: 20, language_tasks.question: 7,
        language_tasks.constraint: 3, language_tasks.fill: 4, language_tasks.rewriting: 5,
    },
    # Everything the exam asks for; needs several times the tokens.
    "full": {
        stories.grammar_story: 22, stories.opening: 4, stories.plain_story: 8, "real": 6,
        tasks.arithmetic: 8, tasks.arithmetic3: 12, tasks.product: 6, tasks.sorting: 8,
        tasks.sorting_words: 4, tasks.counting: 4, tasks.copying: 6, tasks.expression: 4,
        tasks.sudoku4: 8, language_tasks.facts_json: 8, language_tasks.question: 3,
        language_tasks.constraint: 6, language_tasks.fill: 4,
        language_tasks.rewriting: 4,
    },
}

EXAM = [
    tasks.arithmetic, tasks.arithmetic3, tasks.product, tasks.sorting, tasks.sorting_words,
    tasks.counting, tasks.copying, tasks.expression, tasks.sudoku4, language_tasks.facts_json,
    language_tasks.question, language_tasks.constraint, language_tasks.fill, language_tasks.rewriting,
    stories.grammar_story,
]


def training_items(random, mix: str, real=None):
    """An endless stream of items none of which touches the exam."""
    weights = {make: w for make, w in MIXES[mix].items() if make != "real" or real is not None}
    makers = [real if make == "real" else make for make in weights]
    while True:
        make = random.choices(makers, list(weights.values()))[0]
        yield draw(lambda: make(random), exam=False)
