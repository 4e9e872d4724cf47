"""Prompt and response at their own intervals, between them what moved most (dLLM-Cache, handbook 6.8)."""

import torch

from canvas import Trace
from layers import Layers, commit, top


def dllm_cache(run: Trace, block=None, prompt=50, response=4, ratio=0.25, tau=0.9) -> None:
    net = Layers(run.model)
    kept = [{} for _ in net.layers]
    steps = 0
    with torch.no_grad():
        for begin, end in run.blocks(block):
            while open_ := run.masks(begin, end):
                fresh = steps % prompt == 0, steps % response == 0
                rows, x = forward(net, kept, run.ids, run.start, fresh, ratio)
                commit(run, net.logits(x), rows, open_, tau)
                steps += 1


def forward(net: Layers, kept, ids, start, fresh, ratio):
    """The rows that were forwarded, and their last hidden states."""
    with_prompt, whole = fresh
    rows = list(range(0 if with_prompt else start, len(ids)))
    x = net.embed([ids[i] for i in rows])
    for at, cache in enumerate(kept):
        if not cache:
            cache["k"] = torch.zeros(len(ids), net.groups, net.dim)
            cache["v"], cache["attention"], cache["fed"] = (
                torch.zeros_like(cache["k"]),
                torch.zeros(len(ids), x.shape[1]),
                torch.zeros(len(ids), x.shape[1]),
            )
        computed = list(range(len(rows)))
        v = net.values(at, x)
        if not (whole or at == 0):
            fixed = start if with_prompt else 0
            new, old = v[fixed:].flatten(1), cache["v"][rows[fixed:]].flatten(1)
            unlike = 1 - torch.nn.functional.cosine_similarity(new.double(), old.double())
            chosen = top(unlike, int(len(unlike) * ratio), 1e-6)
            computed = computed[:fixed] + [fixed + i for i in chosen]
        at_rows = [rows[i] for i in computed]
        if computed:
            cache["v"][rows] = v
            cache["k"][at_rows] = net.keys(at, x[computed], at_rows)
            q = net.queries(at, x[computed], at_rows)
            cache["attention"][at_rows] = net.attention(at, q, cache["k"], cache["v"])
        x = x + cache["attention"][rows]
        if computed:
            cache["fed"][at_rows] = net.feed(at, x[computed])
        x = x + cache["fed"][rows]
    return rows, x
