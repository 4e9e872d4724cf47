"""Training items as arrays, and batches of one length each.

    python data.py --corpus corpus.jsonl --tokenizer DIR --out corpus.npz
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from tokenizer import ASSISTANT, END, USER

LONGEST = 480
ROUND = 8  # batch lengths are multiples of this
# (share, from, to): how many END positions follow an answer. Canvas lengths must not be guessable.
PADDING = [(0.66, 1, 4), (0.22, 3, 16), (0.09, 12, 64), (0.03, 64, 160)]


def encode_corpus(corpus: Path, tokenizer: Tokenizer, out: Path):
    """Write all items as one id array with offsets and answer starts."""
    flat, offsets, starts = [], [0], []
    lines = [json.loads(line) for line in corpus.open(encoding="utf-8")]
    prompts = tokenizer.encode_batch([line["p"] for line in lines])
    answers = tokenizer.encode_batch([line["a"] for line in lines])
    for prompt, answer in zip(prompts, answers):
        frame = [USER, *prompt.ids, ASSISTANT] if prompt.ids else []
        ids = (frame + answer.ids)[:LONGEST]
        flat.append(np.array(ids, dtype=np.uint16))
        starts.append(min(len(frame), len(ids) - 1))
        offsets.append(offsets[-1] + len(ids))
    np.savez(out, ids=np.concatenate(flat), offsets=np.array(offsets), starts=np.array(starts))
    print(f"{len(lines)} items, {offsets[-1]} tokens")


class Batches:
    """An endless stream of (ids [batch, length], start [batch], end [batch])."""

    def __init__(self, file: Path, tokens: int, seed: int):
        arrays = np.load(file)
        self.ids, self.offsets, self.starts = arrays["ids"], arrays["offsets"], arrays["starts"]
        self.tokens, self.random = tokens, np.random.default_rng(seed)

    def padding(self) -> int:
        """How many END positions to add to a sample."""
        which = self.random.choice(len(PADDING), p=[share for share, _, _ in PADDING])
        _, low, high = PADDING[which]
        return int(self.random.integers(low, high + 1))

    def sample(self, index: int):
        """(ids, start) of one item; plain text gets a random beginning as its prompt."""
        ids = self.ids[self.offsets[index] : self.offsets[index + 1]]
        start = int(self.starts[index])
        if start == 0 and self.random.random() < 0.5:
            start = int(self.random.integers(0, len(ids)))
        return ids, start

    def __iter__(self):
        waiting = {}
        while True:
            for index in self.random.permutation(len(self.starts)):
                ids, start = self.sample(index)
                length = -(-(len(ids) + self.padding()) // ROUND) * ROUND
                waiting.setdefault(length, []).append((ids, start))
                if len(waiting[length]) * length >= self.tokens:
                    yield self.collate(waiting.pop(length), length)

    def collate(self, samples, length: int):
        """Pad a list of samples to one length."""
        table = np.full((len(samples), length), END, dtype=np.int64)
        for row, (ids, _) in enumerate(samples):
            table[row, : len(ids)] = ids
        start = torch.tensor([start for _, start in samples])
        end = torch.tensor([len(ids) for ids, _ in samples])
        return torch.from_numpy(table), start, end


def main():
    """Parse the options and encode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.tokenizer / "tokenizer.json"))
    encode_corpus(options.corpus, tokenizer, options.out)


if __name__ == "__main__":
    main()
