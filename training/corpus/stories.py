"""Stories from the grammar, and the real ones read from a file."""

import json
import re
from pathlib import Path

from . import words
from .item import Item
from .plots import BUILT, ENDINGS, HOBBY, OPENINGS, PLOTS, WHEN
from .split import is_exam

REQUESTS = [
    "Tell me a story about {x}.",
    "Write a story about {x}.",
    "Tell a short story about {x}.",
    "I want a story about {x}.",
]


class Cast(dict):
    """Slots of one story: who, where, with what. Pronouns follow from the names."""

    def __init__(self, random):
        super().__init__()
        self.person(random, "", "n", "k", taken=())
        self.person(random, "m", "m", "mk", taken=(self["n"], self["k"]))
        pick = random.choice
        thing = pick(words.THINGS)
        here, there = random.sample(words.PLACES, 2)
        colour = pick(words.COLOURS)
        self.update(
            o=f"{colour} {thing}", thing=thing, ao=words.a(f"{colour} {thing}"), colour=colour,
            p=here, q=there, p_cap=here[0].upper() + here[1:], pp=here.split(" ", 1)[1],
            f=pick(words.FOODS), fear=pick(words.FEARS), skill=pick(words.SKILLS),
            hobby=pick(words.HOBBIES), home=pick(words.HOMES), time=pick(words.TIMES),
            weather=pick(words.WEATHER), built=pick(BUILT),
        )
        trait = pick(words.TRAITS)
        self.update(at=words.a(trait), mak=words.a(self["mk"]), trait=trait)

    def person(self, random, prefix: str, name: str, kind: str, taken: tuple):
        """Add a name, a kind and the three pronouns under the given slots."""
        gender = random.choice(("he", "she"))
        person = "boy" if gender == "he" else "girl"
        kinds = [k for k in [*words.ANIMALS, person, person] if k not in taken]
        self[name] = random.choice([n for n in words.NAMES[gender] if n not in taken])
        self[kind] = random.choice(kinds)
        for slot, word in zip(("he", "him", "his"), words.HE if gender == "he" else words.SHE):
            self[prefix + slot] = word
            self[(prefix + slot).capitalize()] = word.capitalize()


def key(cast: Cast, plot: str) -> str:
    """What a story shares with no exam story: plot, hero, helper and thing together."""
    return f"story:{plot}:{cast['n']}:{cast['k']}:{cast['m']}:{cast['thing']}"


def grammar_story(random) -> Item:
    """A story with the request it answers; the request names facts the story keeps."""
    cast, plot = Cast(random), random.choice(list(PLOTS))
    shape = PLOTS[plot]
    beats = [OPENINGS, HOBBY, WHEN, *shape["beats"], ENDINGS]
    chosen = [random.choice(beat) for beat in beats]
    text = " ".join(beat.format_map(cast) for beat in chosen if beat)
    ask = random.choice(shape["asks"])
    ask = words.a(ask) if ask.startswith("{k}") else ask
    subject = ask.format_map(cast)
    if ask.startswith("a {k}"):
        subject = words.a(subject[2:])
    prompt = random.choice(REQUESTS).format(x=subject)
    facts = {"names": [cast["n"], cast["m"]], "plot": plot}
    return Item("story", prompt, text, [key(cast, plot)], check="story", facts=facts)


def opening(random) -> Item:
    """Only how a story begins, up to its first beat: every name asked for, in a quarter of the length."""
    story = grammar_story(random)
    story.task, story.check = "opening", "exact"
    story.prompt = re.sub("^(Tell|Write|I want)( me)? a( short)? story", "Begin a story", story.prompt)
    story.answer = " ".join(re.split(r"(?<=[.!?]) ", story.answer)[: random.choice((2, 3, 4))])
    return story


def plain_story(random) -> Item:
    """A story without a request: plain text, to continue or to fill."""
    item = grammar_story(random)
    item.prompt = ""
    return item


class RealStories:
    """Paragraph-sized pieces of the CC-BY stories, read where they lie."""

    def __init__(self, file: Path, longest: int = 500):
        self.pieces = []
        for line in file.read_text(encoding="utf-8").splitlines():
            story = json.loads(line)
            piece = ""
            for paragraph in story["text"].split("\n"):
                if piece and len(piece) + len(paragraph) > longest:
                    self.pieces.append(piece)
                    piece = ""
                piece = f"{piece} {paragraph}".strip()
            self.pieces.append(piece)
        self.pieces = [p[:longest] for p in self.pieces if len(p) > 40 and not is_exam(f"real:{p}")]

    def __call__(self, random) -> Item:
        piece = random.choice(self.pieces)
        return Item("real", "", piece, [])
