"""Two small networks that decide which proposals of a block are committed.

`Filter` is Learn2PD's (github.com/ims-kdks/Learning-to-Parallel-Decoding), `Policy` that of
"Learning Unmasking Policies for Diffusion Language Models" (arXiv 2512.09106). Both read numbers
that any decoder has: the confidence at each position of the block, written positions included.
The engine computes the same in plain Rust from the files that `save` writes.
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

DIGITS = 4  # significant digits of a saved weight: a file is a few KB and shows its numbers
EDGE = 1e-4  # confidences are told apart between this and one minus this
SCALE = 4.0  # log odds are divided by this: at the edges they are 9.2


def feature(confidence):
    """Log odds of a confidence, scaled: 0.99 and 0.999 are as far apart as 0.5 and 0.9."""
    inside = confidence.clamp(EDGE, 1 - EDGE)
    return torch.log(inside / (1 - inside)) / SCALE


def unit(x):
    """x / sqrt(mean(x^2) + 1e-6), without a weight."""
    return F.rms_norm(x, x.shape[-1:], None, 1e-6)


class Filter(nn.Module):
    """Two linear layers over the confidences of a block of fixed length."""

    def __init__(self, block: int = 8, inner: int = 32):
        super().__init__()
        self.block = block
        self.inner = nn.Linear(block, inner)
        self.outer = nn.Linear(inner, block)

    def forward(self, confidence):
        """Log odds [states, block] that a proposal is the final token."""
        return self.outer(F.relu(self.inner(feature(confidence))))


class Policy(nn.Module):
    """One transformer layer over the positions of a block of any length.

    A position enters as its confidence, whether it is open, and the time, the part of the canvas
    that is open. Attention weakens with the distance, in each head by a learnt rate to the left
    and another to the right, so that nothing depends on the length.
    """

    def __init__(self, width: int = 16, heads: int = 2, inner: int = 32):
        super().__init__()
        self.heads = heads
        self.enter = nn.Linear(3, width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.mix = nn.Linear(width, width, bias=False)
        self.inner = nn.Linear(width, inner)
        self.outer = nn.Linear(inner, width)
        self.leave = nn.Linear(width, 1)
        self.left = nn.Parameter(torch.linspace(0.1, 0.5, heads))
        self.right = nn.Parameter(torch.linspace(0.1, 0.5, heads))

    def bias(self, length: int):
        """What distance takes from the attention scores [heads, length, length]."""
        at = torch.arange(length)
        behind = (at[:, None] - at).clamp(min=0)
        ahead = (at - at[:, None]).clamp(min=0)
        return -self.left[:, None, None] * behind - self.right[:, None, None] * ahead

    def attend(self, x, present):
        """Attention of every position to those that are `present` [states, length]."""
        states, length, width = x.shape
        split = lambda y: y.view(states, length, self.heads, -1).transpose(1, 2)
        q, k, v = (split(y) for y in self.qkv(x).chunk(3, dim=-1))
        scores = q @ k.transpose(-1, -2) / (width // self.heads) ** 0.5 + self.bias(length)
        scores = scores.masked_fill(~present[:, None, None, :], -torch.inf)
        return self.mix((scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape))

    def forward(self, confidence, is_open, time, present):
        """Logits [states, length] of committing each position; those that are open count."""
        time = time[:, None].expand_as(confidence)
        x = self.enter(torch.stack([feature(confidence), is_open.float(), time], dim=-1))
        x = x + self.attend(unit(x), present)
        x = x + self.outer(F.silu(self.inner(unit(x))))
        return self.leave(unit(x))[..., 0]


def parameters(network) -> int:
    """How many weights it has."""
    return sum(parameter.numel() for parameter in network.parameters())


def short(number: float) -> float:
    """The number with as many digits as a file keeps."""
    return float(f"{number:.{DIGITS}g}")


@torch.no_grad()
def shorten(network):
    """Round the weights to what `save` writes, so that the file is the network."""
    for parameter in network.parameters():
        flat = [short(x) for x in parameter.flatten().tolist()]
        parameter.copy_(torch.tensor(flat).reshape(parameter.shape))


def plain(tensor):
    """Nested lists of what a file keeps."""
    if tensor.dim() == 0:
        return short(float(tensor))
    return [plain(part) for part in tensor]


def save(network, facts: dict, file: Path):
    """Write `facts` and the weights as JSON, a line for each layer; call `shorten` before."""
    fields = dict(facts)
    for name, tensor in network.state_dict().items():
        layer, _, part = name.partition(".")
        if part:
            fields.setdefault(layer, {})[part] = plain(tensor)
        else:
            fields[layer] = plain(tensor)
    dump = lambda value: json.dumps(value, separators=(",", ":"))
    lines = [f"{dump(name)}:{dump(value)}" for name, value in fields.items()]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n")
