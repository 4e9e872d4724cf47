"""DAEDAL (handbook 5.2): finds the length, then fills and inserts room where it is least sure."""

from canvas import Trace


def daedal(run: Trace, block=32, tau=0.9, g_max=2048, growth=8, window=32, tau_eos=0.5,
           tau_expand=0.9, low=0.1) -> None:
    g_max = min(g_max, run.model.context - run.start)
    size = lambda: len(run.ids) - run.start
    find_length(run, g_max, growth, window, tau_eos)
    begin = run.start
    while run.masks():
        while not run.masks(begin, begin + block):
            begin += block
        logits = run.model.logits(run.ids)
        open_ = run.masks(begin, begin + block)
        tokens, sure = run.propose(logits, open_)
        fill = [i for i in open_ if run.doubt.above(sure[i], tau, strict=True)] or run.doubt.top(sure, 1)
        spliced = []
        full = size() >= g_max or run.doubt.above(completion(run, logits, window), tau_expand)
        unsure = {i: -sure[i] for i in open_ if i not in fill}
        if not full and unsure:
            least = run.doubt.top(unsure, 1)[0]
            if not run.doubt.above(sure[least], low):
                room = min(growth, g_max - size() + 1)
                spliced = [(least, 1, [run.model.mask] * room)]
        run.step({i: tokens[i] for i in fill}, spliced=spliced)


def find_length(run, g_max, growth, window, tau_eos):
    """Stage 1: grows until the end of the text is in sight, then adds a literal tail of end tokens."""
    while True:
        size = len(run.ids) - run.start
        seen = run.doubt.above(completion(run, run.model.logits(run.ids), window), tau_eos)
        if seen or size >= g_max:
            break
        more = min(growth, g_max - size)
        run.step(spliced=[(len(run.ids), 0, [run.model.mask] * more)])
    tail = min(window // 2, g_max - size)
    run.step(spliced=[(len(run.ids), 0, [run.model.eos] * tail)] if tail else [])


def completion(run, logits, window) -> float:
    """The last `window` rows that say end token: their probabilities of it, over `window`."""
    tokens, sure = run.propose(logits, list(range(run.start, len(run.ids))))
    ends = [i for i in tokens if tokens[i] == run.model.eos]
    return sum(sure[i] for i in ends[-window:]) / window
