"""One training or exam item."""

from dataclasses import dataclass, field


@dataclass
class Item:
    """A prompt and its answer.

    `prompt` empty means plain text without a chat frame. `keys` name what the exam keeps to
    itself (see `split`). `check` says how an exam answer is judged; `facts` feeds the check.
    """

    task: str
    prompt: str
    answer: str
    keys: list[str]
    check: str = "exact"
    facts: dict = field(default_factory=dict)
