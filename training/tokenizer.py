"""The tokenizer: byte-level BPE, 4096 entries, single digits, four special tokens first.

    python tokenizer.py --corpus corpus.jsonl [--real stories.jsonl] --out DIR
"""

import argparse
import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

END, MASK, USER, ASSISTANT = range(4)  # ids; END is also the padding
SPECIALS = ["<|end|>", "<|mask|>", "<|user|>", "<|assistant|>"]
VOCABULARY = 4096
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}<|assistant|>{{ message['content'] }}<|end|>"
    "{% elif message['role'] == 'user' %}<|user|>{{ message['content'] }}"
    "{% else %}{{ raise_exception('the role ' + message['role'] + ' is not known; use user or assistant') }}"
    "{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
# A word with its space, one digit, or a run of signs: a digit joins neither a digit nor a space.
PIECES = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+"


def train(texts, size: int = VOCABULARY) -> Tokenizer:
    """Learn the merges from an iterable of strings."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PIECES), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIALS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path):
    """Write `tokenizer.json` and `tokenizer_config.json` with the chat template."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": SPECIALS[END], "pad_token": SPECIALS[END], "mask_token": SPECIALS[MASK],
        "additional_special_tokens": SPECIALS[USER:],
        "chat_template": CHAT_TEMPLATE, "clean_up_tokenization_spaces": False,
        "model_max_length": 512,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


def main():
    """Parse the options, train, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--lines", type=int, default=60_000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()

    def texts():
        with options.corpus.open(encoding="utf-8") as lines:
            for _, line in zip(range(options.lines), lines):
                item = json.loads(line)
                yield f"{item['p']}\n{item['a']}"
        if options.real:
            for line in options.real.read_text(encoding="utf-8").splitlines():
                yield json.loads(line)["text"]

    tokenizer = train(texts())
    save(tokenizer, options.out)
    print(f"{tokenizer.get_vocab_size()} entries in {options.out}")


if __name__ == "__main__":
    main()
