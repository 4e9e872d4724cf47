"""The judge agrees with the engine's, on the table of answers that both read."""

import json
import unittest
from pathlib import Path

from judge import CHECKS, right

EXAM_FOLDER = Path(__file__).parents[2] / "tests" / "exam"


class Judge(unittest.TestCase):
    def test_the_cases_shared_with_rust(self):
        cases = json.loads((EXAM_FOLDER / "judge_cases.json").read_text(encoding="utf-8"))
        self.assertEqual({case["item"]["check"] for case in cases}, set(CHECKS))
        for case in cases:
            with self.subTest(case["why"], answer=case["answer"]):
                self.assertEqual(right(case["answer"], case["item"]), case["right"])


if __name__ == "__main__":
    unittest.main()
