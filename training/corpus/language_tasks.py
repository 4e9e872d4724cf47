"""Tasks about words: facts to JSON, sentences under constraints, blanks to fill."""

import json

from . import words
from .item import Item
from .stories import Cast, grammar_story


def invented_name(random) -> str:
    """A name of two or three syllables: copying it cannot be learned by heart."""
    return "".join(random.sample(words.SYLLABLES, random.randint(2, 3))).capitalize()


def facts_json(random) -> Item:
    """Facts about an invented person, to be written as JSON; the name is the key."""
    name = invented_name(random)
    facts = {
        "age": random.randint(5, 99),
        "city": random.choice(words.CITIES),
        "job": random.choice(words.JOBS),
        "pet": random.choice(words.ANIMALS),
        "likes": random.choice(words.FOODS),
    }
    chosen = random.sample(list(facts), random.randint(2, 4))
    says = {
        "age": "is {age} years old", "city": "lives in {city}", "job": "works as {ajob}",
        "pet": "has {apet}", "likes": "likes {likes}",
    }
    slots = {**facts, "ajob": words.a(facts["job"]), "apet": words.a(facts["pet"])}
    parts = [says[field].format_map(slots) for field in chosen]
    sentence = f"{name} {', '.join(parts[:-1])} and {parts[-1]}."
    answer = json.dumps({"name": name, **{field: facts[field] for field in chosen}})
    return Item("json", f"Write as JSON: {sentence}", answer, [f"name:{name}"], check="json")


def question(random) -> Item:
    """A question about one of two facts just told; the name is the key."""
    one, two = invented_name(random), invented_name(random)
    first, second = random.sample(words.ANIMALS, 2)
    who, pet = random.choice([(one, first), (two, second)])
    prompt = f"{one} has {words.a(first)} and {two} has {words.a(second)}. What does {who} have?"
    return Item("question", prompt, words.a(pet), [f"name:{one}", f"name:{two}"])


SENTENCES = [
    "{start} the {thing} {where} was {colour} like the {end}",
    "{start} a {colour} {animal} sat {where} and ate the {end}",
    "{start} my friend saw the {thing} and the {end}",
    "{start} the {animal} gave the {thing} to the {end}",
    "{start} we put the {thing} {where} beside the {end}",
]
STARTS = "Today Yesterday Once Then Suddenly Later Outside Tonight Here Soon".split()


def constraint(random) -> Item:
    """A sentence that begins and ends with given words and contains a third."""
    slots = {
        "start": random.choice(STARTS), "thing": random.choice(words.THINGS),
        "animal": random.choice(words.ANIMALS), "colour": random.choice(words.COLOURS),
        "where": random.choice(words.PLACES), "end": random.choice(words.THINGS + words.FOODS),
    }
    form = random.choice(SENTENCES)
    inside = random.choice([slots[s] for s in ("thing", "animal", "colour") if f"{{{s}}}" in form])
    if inside == slots["end"]:
        return constraint(random)
    prompt = f"Write a sentence: first word {slots['start']}, last word {slots['end']}, with {inside}."
    facts = {"first": slots["start"], "last": slots["end"], "with": inside}
    key = f"words:{slots['start']}:{slots['end']}:{inside}"
    return Item("constraint", prompt, form.format_map(slots) + ".", [key], "constraint", facts)


REWRITES = [
    ("n", "{n} the {k} found {ao} {p}."),
    ("n", "{n} went {q}. There {he} met {m}."),
    ("n", "{n} and {m} ate {f} {p}."),
    ("n", '"Have you seen my {thing}?" asked {n}.'),
    ("thing", "{n} carried the {thing} {p} and hid the {thing} there."),
    ("thing", 'The {thing} was {colour}. "What a lovely {thing}!" said {n}.'),
    ("colour", "The {colour} {thing} lay {p} beside a {colour} ball."),
    ("f", "{n} the {k} likes {f}. So does {m}."),
]


def rewriting(random) -> Item:
    """A sentence or two with one word exchanged throughout; pronouns stay, so names keep their kind."""
    slot, form = random.choice(REWRITES)
    old, new = Cast(random), Cast(random)
    while old["he"] != new["he"] or old[slot] == new[slot] or new[slot] in old.values():
        new = Cast(random)
    before = form.format_map(old)
    after = form.format_map({**old, slot: new[slot], "ao": words.a(old["o"])})
    prompt = f"Put {new[slot]} for {old[slot]}: {before}"
    key = f"rewrite:{old[slot]}:{new[slot]}:{old['p']}:{old['m']}"
    return Item("rewriting", prompt, after, [key])


def fill(random) -> Item:
    """A story sentence with one word left out that the rest of the story determines."""
    story = grammar_story(random)
    name = random.choice(story.facts["names"])
    sentences = story.answer.split(". ")
    spots = [i for i, sentence in enumerate(sentences) if name in sentence and i > 1]
    if not spots:
        return fill(random)
    spot = random.choice(spots)
    context = ". ".join(sentences[max(0, spot - 4) : spot + 1])
    if context.count(name) < 2:
        return fill(random)
    before, after = context.rsplit(name, 1)
    return Item("fill", f"Fill in the name: {before}___{after}", name, story.keys)
