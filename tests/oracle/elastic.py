"""A window of masks, and more where attention has drifted (Elastic-Cache, handbook 6.6)."""

import torch

from canvas import Trace
from layers import Layers, commit, top


def elastic(run: Trace, window=16, drift=0.9, refresh=None, tau=0.9) -> None:
    net = Layers(run.model)
    kept = [{} for _ in net.layers]
    before, steps = None, 0
    with torch.no_grad():
        while masks := run.masks()[:window]:
            everything = before is None or (refresh and steps % refresh == 0)
            rows = set(range(len(run.ids)))
            if not everything:
                changed = {i for i, id in enumerate(run.ids) if id != before[i]}
                rows = changed | set(masks) | {cache["tracked"] for cache in kept}
            before = list(run.ids)
            rows, x = forward(run, net, kept, sorted(rows), masks, 0 if everything else len(kept), drift)
            commit(run, net.logits(x), rows, masks, tau)
            steps += 1


def forward(run: Trace, net: Layers, kept, rows, masks, boundary, drift):
    """The rows of the last layer and their hidden states; from layer `boundary` on, those are all rows."""
    everything = list(range(len(run.ids)))
    written = [i for i in everything if run.ids[i] != run.model.mask]
    x = net.embed([run.ids[i] for i in rows])
    for at, cache in enumerate(kept):
        if not cache:
            wide = [(net.heads, net.dim), (net.groups, net.dim), (net.groups, net.dim), (x.shape[1],)]
            for name, shape in zip("qkvx", wide):
                cache[name] = torch.zeros(len(everything), *shape)
        cache["x"][rows] = x
        if at == boundary:
            rows, x = everything, cache["x"].clone()
        if at < boundary:
            tracked = [cache["tracked"]]
            then = net.weights(cache["q"][tracked], cache["k"])
        cache["q"][rows] = net.queries(at, x, rows)
        cache["k"][rows] = net.keys(at, x, rows)
        cache["v"][rows] = net.values(at, x)
        x = x + net.attention(at, cache["q"][rows], cache["k"], cache["v"])
        x = x + net.feed(at, x)
        if at < boundary:
            now = net.weights(cache["q"][tracked], cache["k"])
            alike = torch.nn.functional.cosine_similarity(then.flatten(), now.flatten(), dim=0)
            if not run.doubt.above(float(alike), drift):
                boundary = at + 1
        seen = net.weights(cache["q"][masks], cache["k"]).sum((0, 1))
        cache["tracked"] = written[top(seen[written], 1, 1e-4)[0]]
    return rows, x
