"""The generators: answers are right, and the exam never leaks into training.

    python -m unittest discover -s training -t training
"""

import json
import unittest
from itertools import islice
from pathlib import Path
from random import Random

import judge
from corpus.language_tasks import constraint, facts_json
from corpus.mix import EXAM, MIXES, training_items
from corpus.split import draw, is_exam
from corpus.stories import grammar_story
from corpus.tasks import GRIDS, arithmetic3, counting, product, sorting, sudoku4
from exam import exam_items
from judge import right

EXAM_FOLDER = Path(__file__).parents[2] / "tests" / "exam"


def as_exam(item) -> dict:
    """The item as a line of an exam file."""
    return {"prompt": item.prompt, "answer": item.answer, "check": item.check, "facts": item.facts}


class Split(unittest.TestCase):
    def test_training_holds_no_exam_key(self):
        for mix in MIXES:
            for item in islice(training_items(Random(5), mix), 3000):
                self.assertFalse([key for key in item.keys if is_exam(key)], item)

    def test_committed_exam_holds_exam_keys_only(self):
        files = sorted(EXAM_FOLDER.glob("*.jsonl"))
        self.assertEqual(len(files), len(EXAM))
        for file in files:
            items = [json.loads(line) for line in file.read_text().splitlines()]
            self.assertGreaterEqual(len(items), 200, file.name)
            for item in items:
                self.assertTrue(item["keys"] and all(map(is_exam, item["keys"])), item)

    def test_no_exam_question_is_in_training(self):
        # A story's request is short and may recur; its cast may not (its key).
        tasks = [make for make in EXAM if make is not grammar_story]
        asked = {item["prompt"] for make in tasks for item in exam_items(make, 60, 7)}
        leaks = [item.prompt for item in islice(training_items(Random(6), "full"), 20_000)
                 if item.prompt in asked]
        self.assertEqual(leaks, [])

    def test_a_leak_would_be_seen(self):
        random = Random(1)
        unguarded = [sorting(random) for _ in range(200)]
        self.assertTrue([i for i in unguarded if is_exam(i.keys[0])])
        self.assertTrue(is_exam(draw(lambda: sorting(random), exam=True).keys[0]))

    def test_same_seed_same_items(self):
        one, two = (list(islice(training_items(Random(9), "full"), 300)) for _ in range(2))
        self.assertEqual(one, two)


class Answers(unittest.TestCase):
    def test_every_reference_answer_passes_its_own_check(self):
        random = Random(2)
        for make in EXAM:
            for _ in range(200):
                item = make(random)
                self.assertTrue(right(item.answer, as_exam(item)), item)

    def test_wrong_answers_fail(self):
        random = Random(3)
        for make in (arithmetic3, sorting, facts_json, constraint, sudoku4):
            item = make(random)
            self.assertFalse(right(item.answer[::-1] + "x", as_exam(item)), item)

    def test_arithmetic(self):
        random = Random(4)
        for make in (arithmetic3, product):
            for _ in range(500):
                item = make(random)
                words = item.prompt.replace("?", " ").replace("=", " ").rstrip(".").split()
                sum_ = " ".join(w for w in words if w.isdigit() or w in "+-*")
                self.assertEqual(str(eval(sum_)), item.answer)

    def test_counting(self):
        item = counting(Random(5))
        word, listed = item.prompt.removeprefix("How many times does ").split(" occur: ")
        self.assertEqual(str(listed.rstrip("?").split(", ").count(word)), item.answer)

    def test_solved_grids_are_solved_and_complete(self):
        self.assertEqual(len(set(GRIDS)), 288)  # all there are
        for grid in GRIDS:
            rows = "\n".join(grid[i : i + 4] for i in range(0, 16, 4))
            self.assertTrue(judge.sudoku(rows, {"facts": {"given": "0" * 16}}))


class Stories(unittest.TestCase):
    def test_slots_are_filled_and_articles_fit(self):
        random = Random(7)
        for _ in range(2000):
            item = grammar_story(random)
            for text in (item.prompt, item.answer):
                self.assertNotRegex(text, r"[{}]|  | \.|\ba [aeio]|\ban [^aeiou]")
                self.assertFalse(text.startswith(" "))

    def test_stories_differ(self):
        random = Random(8)
        self.assertEqual(len({grammar_story(random).answer for _ in range(5000)}), 5000)

    def test_the_request_names_what_the_story_tells(self):
        random = Random(9)
        for _ in range(500):
            item = grammar_story(random)
            for name in item.facts["names"]:
                if name in item.prompt:
                    self.assertIn(name, item.answer)


if __name__ == "__main__":
    unittest.main()
