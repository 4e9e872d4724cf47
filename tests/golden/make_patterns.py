"""Write `patterns.json`: how the `tokenizers` package (with Oniguruma) cuts texts by the patterns of
common tokenizers. The engine's own matcher is held to it.

    python tests/golden/make_patterns.py
"""

import json
from pathlib import Path

from tokenizers import Regex, pre_tokenizers

PATTERNS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "llama3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "tiny": r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+",
}
TEXTS = [
    'Hello world',
    '  two  spaces   three\n\nlines\r\n x',
    "I'm she'LL we've 'tis don't",
    'na\xefve caf\xe9 \xc5ngstr\xf6m',
    '\u6f22\u5b57\u304b\u306a\u4ea4\u3058\u308a\u6587 \u30c6\u30b9\u30c8',
    '\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u0451\u0436',
    '\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645',
    '\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e',
    '\ud55c\uad6d\uc5b4 \ud14d\uc2a4\ud2b8',
    '1234567 12.5 \xbd \xb2 \u2167 \u0661\u0662\u0663',
    'tabs\tand\xa0nbsp\u3000wide',
    'emoji \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 flags \U0001f1e9\U0001f1ea',
    'a_b-c/d\\e (f) [g] {h}',
    'x=1;y=2//z\n\n\n',
    '\u017f K \xdf \u0130i \u0149',
    '\u0300combining e\u0301',
    'trailing   ',
    '\n',
    '',
    '\u01c5 \u01f2 titlecase \u02b0mod',
    '\U0001f9897+5=12\u2028line\u2029para\x85nel',
    "ABCdefGHI camelCase HTTPServer's",
]


def pieces(pattern: str, text: str) -> list[str]:
    """The text, cut before and after every match."""
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return [piece for piece, _ in split.pre_tokenize_str(text)]


if __name__ == "__main__":
    table = {
        name: {"pattern": pattern, "cases": [[text, pieces(pattern, text)] for text in TEXTS]}
        for name, pattern in PATTERNS.items()
    }
    file = Path(__file__).parent / "patterns.json"
    file.write_text(json.dumps(table, indent=0) + "\n")
