"""The word lists of the grammar: small on purpose, so that a small model learns them whole."""

HE, SHE = ("he", "him", "his"), ("she", "her", "her")

NAMES = {
    "he": "Tom Ben Max Leo Sam Jack Finn Milo Otto Hugo Theo Oscar Felix Pip Toby Arlo Ravi Kofi Emil "
    "Noah Rufus Basil Bruno Casper Dario Ezra Gus Ivan Jonas Kai".split(),
    "she": "Anna Mia Lily Rosa Emma Zoe Ella Nora Ivy Luna Maya Ruby Clara Daisy Hana Amara Tilda Wren "
    "Bella Cora Dora Elsa Freya Greta Hazel Iris June Kira Lotte Nina".split(),
}
ANIMALS = (
    "fox rabbit bear mouse owl cat dog duck frog hedgehog squirrel turtle goat badger otter sparrow "
    "pony lamb beaver raccoon"
).split()
TRAITS = "little brave kind clever quiet cheerful curious shy gentle busy funny sleepy proud young".split()
COLOURS = "red blue green yellow white black brown orange purple pink grey golden".split()
THINGS = (
    "kite ball hat scarf book drum boat lamp key button spoon basket blanket bell coat cup ribbon "
    "flute umbrella map box bag shell ring"
).split()
FOODS = "bread soup cake honey apples berries cheese nuts pears plums carrots pancakes".split()
PLACES = [
    "in the forest", "by the river", "on the hill", "in the garden", "near the lake", "on the farm",
    "in the meadow", "by the sea", "in the old barn", "under the bridge", "behind the school",
    "at the market",
]
HOMES = [
    "in a small village", "near a dark forest", "by a wide river", "on top of a green hill",
    "at the edge of the town", "beside a quiet lake", "on a farm", "in a valley full of flowers",
]
HOBBIES = [
    "paint pictures", "climb trees", "sing songs", "count the stars", "read books", "bake bread",
    "collect stones", "tell jokes", "swim in the lake", "grow flowers", "play the drum", "draw maps",
]
SKILLS = ["swim", "whistle", "ride a bicycle", "dance", "skate", "juggle", "sew", "row a boat"]
FEARS = ["the dark", "deep water", "thunder", "high places", "big dogs", "loud noises"]
TIMES = ["morning", "afternoon", "evening", "day", "summer day", "winter morning", "autumn day"]
WEATHER = [
    "the sun was shining", "it was raining hard", "the wind was strong", "snow covered the ground",
    "the sky was grey", "the air was warm", "a thick fog came down",
]
CITIES = "Paris Rome Oslo Cairo Lima Delhi Tokyo Berlin Madrid Dublin Vienna Athens Nairobi Quito".split()
JOBS = "baker farmer doctor teacher painter sailor tailor gardener singer driver miller builder".split()
SYLLABLES = "ka lo mi ra ne to su vi da po li be na gu fe zo ri ma te ju".split()
COPY_WORDS = THINGS + ANIMALS + COLOURS + FOODS


def a(phrase: str) -> str:
    """The phrase with its indefinite article."""
    return ("an " if phrase[0].lower() in "aeiou" else "a ") + phrase
