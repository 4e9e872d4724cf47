"""Train one of the three models for a given time; stop and resume at will.

    python train.py --model tiny --data corpus.npz --out DIR --minutes 85

The learning rate follows the time spent, not the steps: a busy machine ends where a free one does,
with fewer tokens. A checkpoint is written every ten minutes and at the end; running the same
command again continues from it.
"""

import argparse
import json
import os
import time
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from data import Batches
from model import Network, Shape
from objective import OBJECTIVES
from optimizer import optimizers

MUON_LR, ADAM_LR = 0.02, 4e-3
CHECKPOINT_SECONDS = 600
AVERAGE = 0.995  # decay of the weight average that is exported


def rate(progress: float) -> float:
    """Learning-rate factor at progress 0..1: short warm-up, flat, linear end from one half."""
    return min(1.0, 0.1 + progress / 0.01, max(0.02, (1.0 - progress) / 0.5))


class Run:
    """Everything a checkpoint holds."""

    def __init__(self, options):
        self.options = options
        self.file = options.out / "checkpoint.pt"
        shape = Shape()
        self.shape = replace(shape, layers=options.layers or shape.layers)
        torch.manual_seed(options.seed)
        self.network = Network(self.shape)
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.optimizers = optimizers(self.network, MUON_LR, ADAM_LR)
        self.base = [[g["lr"] for g in o.param_groups] for o in self.optimizers]
        self.step = self.tokens = 0
        self.seconds = 0.0
        if self.file.exists():
            self.load()
        elif options.start:
            self.begin_from(options.start)

    def begin_from(self, folder: Path):
        """Take the weights of a model that `export.py` wrote; everything else begins anew."""
        tensors = load_file(folder / "model.safetensors")
        weights = {name.removeprefix("model."): t.float() for name, t in tensors.items()}
        self.network.load_state_dict(weights)
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}

    def load(self):
        """Continue from the checkpoint file."""
        saved = torch.load(self.file, weights_only=False)
        self.network.load_state_dict(saved["network"])
        self.average = saved["average"]
        for optimizer, state in zip(self.optimizers, saved["optimizers"]):
            optimizer.load_state_dict(state)
        self.step, self.tokens, self.seconds = saved["step"], saved["tokens"], saved["seconds"]

    def save(self):
        """Write the checkpoint, so that a reader never sees half of one."""
        saved = {
            "model": self.options.model, "shape": asdict(self.shape),
            "network": self.network.state_dict(), "average": self.average,
            "optimizers": [o.state_dict() for o in self.optimizers],
            "step": self.step, "tokens": self.tokens, "seconds": self.seconds,
        }
        part = self.file.with_suffix(".part")
        torch.save(saved, part)
        os.replace(part, self.file)

    def update(self, batch, generator) -> float:
        """One step; returns the loss."""
        factor = self.options.peak * rate(self.seconds / (self.options.minutes * 60))
        for optimizer, base in zip(self.optimizers, self.base):
            for group, value in zip(optimizer.param_groups, base):
                group["lr"] = value * factor
            optimizer.zero_grad(set_to_none=True)
        wide = self.options.float32
        with nullcontext() if wide else torch.autocast("cpu", dtype=torch.bfloat16):
            loss = OBJECTIVES[self.options.model](self.network, *batch, generator)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.blend()
        return loss.item()

    @torch.no_grad()
    def blend(self):
        """Move the average towards the weights; fast at first, so that it forgets the start."""
        decay = min(AVERAGE, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value, 1 - decay)


def train(run: Run):
    """Train until the time is used up."""
    options = run.options
    generator = torch.Generator().manual_seed(options.seed + run.step)
    batches = iter(Batches(options.data, options.batch_tokens, options.seed + run.step))
    log = (options.out / "log.jsonl").open("a")
    losses, saved, reported = [], time.monotonic(), 0
    while run.seconds < options.minutes * 60:
        began = time.monotonic()
        batch = next(batches)
        losses.append(run.update(batch, generator))
        run.step += 1
        run.tokens += batch[0].numel()
        run.seconds += time.monotonic() - began
        if run.step % 20 == 0:
            line = {"step": run.step, "tokens": run.tokens, "seconds": round(run.seconds),
                    "loss": round(sum(losses) / len(losses), 4)}
            print(json.dumps(line), file=log, flush=True)
            losses = []
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            run.save()
            saved = time.monotonic()
    run.save()


def main():
    """Parse the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=list(OBJECTIVES), default="tiny")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True, help="total, over all resumptions")
    parser.add_argument("--batch-tokens", type=int, default=6144)
    parser.add_argument("--start", type=Path, help="a model's folder whose weights to begin from")
    parser.add_argument("--peak", type=float, default=1.0, help="factor of the learning rate")
    parser.add_argument("--layers", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--float32", action="store_true", help="no bfloat16")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    train(Run(options))


if __name__ == "__main__":
    main()
