"""The block on the keys that it asks for most (Sparse-dLLM, handbook 6.10)."""

import torch

from canvas import Trace
from layers import Layers, commit, top


def sparse(run: Trace, block=None, keep=0.5, tau=0.9) -> None:
    net, everything = Layers(run.model), list(range(len(run.ids)))
    with torch.no_grad():
        for begin, end in run.blocks(block):
            inside, age, kept = list(range(begin, end)), 0, []
            while open_ := run.masks(begin, end):
                if age < 2:
                    logits, kept = full(net, run.ids, inside, keep if age == 1 else None)
                    commit(run, logits, everything, open_, tau)
                else:
                    x = net.embed([run.ids[i] for i in inside])
                    for at, (k, v) in enumerate(kept):
                        q = net.queries(at, x, inside)
                        k = torch.cat([k, net.keys(at, x, inside)])
                        v = torch.cat([v, net.values(at, x)])
                        x = x + net.attention(at, q, k, v)
                        x = x + net.feed(at, x)
                    commit(run, net.logits(x), inside, open_, tau)
                age += 1


def full(net: Layers, ids, inside, keep):
    """Logits of all rows; of each layer, the keys and values that the block chooses."""
    positions, x, kept = list(range(len(ids))), net.embed(ids), []
    outside = [i for i in positions if i not in inside]
    for at in range(len(net.layers)):
        q, k, v = net.queries(at, x, positions), net.keys(at, x, positions), net.values(at, x)
        if keep is not None:
            mean = q[inside].mean(0)
            of_heads = k[outside].repeat_interleave(net.heads // net.groups, 1)
            scores = torch.einsum("hd,khd->kh", mean, of_heads).mean(1)
            pooled = torch.nn.functional.max_pool1d(scores[None, None], 3, stride=1, padding=1)[0, 0]
            chosen = [outside[i] for i in top(pooled, int(len(outside) * keep), 1e-4)]
            kept.append((k[chosen], v[chosen]))
        x = x + net.attention(at, q, k, v)
        x = x + net.feed(at, x)
    return net.logits(x), kept
