"""What is compared: for every case a rule with its arguments, and the request that asks the engine for
the same. `even`, `dynamic` and the like are the engine's names; the rules are the handbook's."""

from dataclasses import dataclass, field
from typing import Callable

from adablock import adablock
from credit import credit
from daedal import daedal
from dllm_cache import dllm_cache
from dream import dream
from dynamic import sdar
from elastic import elastic
from end_of_text import stopping
from entropy_bound import entropy_bound
from factor import factor
from freedave import freedave
from llada import llada
from local_leap import local_leap
from lopa import lopa
from sched import sched
from sparse import sparse
from threshold import threshold
from wino import wino


@dataclass(frozen=True)
class Case:
    """One rule with one setting. `request` lacks the prompt and the length."""

    name: str
    rule: Callable
    request: dict
    arguments: dict = field(default_factory=dict)
    length: int = 16


FULL = {"exit": "full"}


def case(name, rule, arguments={}, length=16, **request) -> Case:
    """A block is given once, since both sides mean the same by it."""
    if "block" in arguments:
        request["block"] = arguments["block"]
    return Case(name, rule, FULL | request, arguments, length)


CASES = [
    case("llada", llada, select="even"),
    case("llada in blocks", llada, {"block": 8}, select="even"),
    case("llada, two a step", llada, {"block": 8, "steps": 8}, select="even:steps=8"),
    case("llada, uneven steps", llada, {"block": 8, "steps": 6}, select="even:steps=6"),
    case("llada, guided", llada, {"block": 8, "steps": 8, "cfg": 1.0}, select="even:steps=8", cfgScale=1.0),
    case("llada, end tokens last", llada, {"block": 8, "steps": 8, "eos_last": True},
         select="even:steps=8", eosLast=True),
    case("llada, no end tokens", llada, {"block": 8, "steps": 8, "eos_banned": True},
         select="even:steps=8", ban=[0]),
    case("llada, sampled", llada, {"block": 8, "steps": 8, "temperature": 0.7, "seed": 3},
         select="even:steps=8", temperature=0.7, seed=3),
    case("llada, random", llada, {"block": 8, "steps": 8, "order": "random", "seed": 11},
         select="random:steps=8", seed=11),
    case("dream origin", dream, {"order": "origin", "steps": 8, "seed": 5},
         select="dream:order=origin,steps=8", seed=5),
    case("dream, drawn", dream, {"order": "entropy", "steps": 8, "alg_temp": 0.4, "seed": 7},
         select="dream:steps=8,alg_temp=0.4", seed=7),
    case("dream maskgit_plus", dream, {"order": "maskgit_plus"}, select="dream:order=maskgit_plus"),
    case("dream topk_margin", dream, {"order": "topk_margin", "steps": 8},
         select="dream:order=topk_margin,steps=8"),
    case("dream entropy", dream, {"order": "entropy"}, select="dream:order=entropy"),
    case("dream entropy, more steps than tokens", dream, {"order": "entropy", "steps": 25},
         select="dream:order=entropy,steps=25"),
    case("threshold", threshold, select="threshold"),
    case("threshold in blocks", threshold, {"block": 8}, 24, select="threshold"),
    case("threshold 0.6", threshold, {"block": 16, "tau": 0.6}, 32, select="threshold:threshold=0.6"),
    case("factor", factor, {"block": 8}, 24, select="factor"),
    case("factor 2", factor, {"f": 2.0}, select="factor:factor=2"),
    case("dynamic", sdar, {"rule": "dynamic", "block": 8}, 24, select="dynamic"),
    case("dynamic, two a step", sdar, {"rule": "dynamic", "block": 8, "steps": 12, "theta": 0.95}, 24,
         select="dynamic:steps=12,threshold=0.95"),
    case("static", sdar, {"rule": "static", "block": 8, "steps": 8}, select="static:steps=8"),
    case("sequential", sdar, {"rule": "sequential", "block": 8, "steps": 8},
         select="static:steps=8,order=position"),
    case("entropy bound", entropy_bound, {"block": 8}, 24, select="entropy_bound"),
    case("entropy bound, by confidence", entropy_bound, {"gamma": 1.0, "order": "confidence"},
         select="entropy_bound:gamma=1,order=confidence"),
    case("entropy bound, by margin", entropy_bound, {"gamma": 0.5, "order": "margin"},
         select="entropy_bound:gamma=0.5,order=margin"),
    case("credit", credit, select="credit"),
    case("credit in blocks", credit, {"block": 8}, 24, select="credit"),
    case("credit, strong", credit, {"alpha": 1.5, "beta": 0.5, "gamma": 0.5},
         select="credit:alpha=1.5,beta=0.5,gamma=0.5"),
    case("local leap", local_leap, {"block": 16}, 32, select="localleap"),
    case("local leap, far", local_leap, {"tau": 0.8, "relaxed": 0.4, "radius": 6},
         select="localleap:threshold=0.8,relaxed=0.4,radius=6"),
    case("freedave", freedave, {"block": 8}, 24, select="freedave"),
    case("freedave, six drafts", freedave, {"drafts": 6}, 24, select="freedave:drafts=6"),
    case("freedave, threshold", freedave, {"block": 16, "drafts": 4, "tau": 0.6}, 32,
         select="freedave:drafts=4,threshold=0.6"),
    case("lopa", lopa, {"block": 16}, 32, select="lopa"),
    case("lopa, two branches", lopa, {"branches": 2, "tau": 0.6}, 24,
         select="lopa:branches=2,threshold=0.6"),
    case("wino", wino, {"block": 16}, 32, select="wide", revise="wino"),
    case("wino, small drafts", wino, {"tau1": 0.4}, 24, select="wide:threshold=0.4", revise="wino"),
    case("adablock", adablock, {"block": 8}, 32, structure="adablock"),
    case("adablock, any break", adablock, {"block": 16, "delimiter_tau": 0.01}, 32,
         structure="adablock:delimiter_threshold=0.01"),
    case("daedal", daedal, {"block": 16, "g_max": 64, "window": 16}, 16,
         structure="daedal:max_length=64,window=16"),
    case("daedal, eager", daedal, {"block": 8, "g_max": 48, "window": 16, "growth": 4, "low": 0.5}, 24,
         structure="daedal:max_length=48,window=16,growth=4,low=0.5"),
    case("sched", sched, {"steps": 8}, select="dream:steps=8", exit="sched:steps=8"),
    case("sched, linear", sched, {"steps": 8, "shape": "linear", "high": 9.0, "low": 1.0},
         select="dream:steps=8", exit="sched:steps=8,shape=linear,high=9,low=1"),
    case("sched, exponential", sched, {"steps": 12, "shape": "exp", "rate": 2.0}, 24,
         select="dream:steps=12", exit="sched:steps=12,shape=exp,rate=2"),
    case("sparse", sparse, {"block": 8}, 32, select="threshold", cache="sparse"),
    case("sparse, a fifth", sparse, {"block": 16, "keep": 0.2, "tau": 0.8}, 32,
         select="threshold:threshold=0.8", cache="sparse:keep=0.2"),
    case("sparse, one block", sparse, {"keep": 0.7}, 16, select="threshold", cache="sparse:keep=0.7"),
    case("dllm", dllm_cache, {"block": 8}, 24, select="threshold", cache="dllm"),
    case("dllm, prompt often", dllm_cache, {"block": 16, "prompt": 3, "response": 5, "ratio": 0.4}, 32,
         select="threshold", cache="dllm:prompt=3,response=5,ratio=0.4"),
    case("dllm, nothing between", dllm_cache, {"block": 8, "response": 3, "ratio": 0.0}, 24,
         select="threshold", cache="dllm:response=3,ratio=0"),
    case("elastic", elastic, {}, 24, select="threshold", cache="elastic"),
    case("elastic, a small window", elastic, {"window": 5, "drift": 0.97}, 24,
         select="threshold", cache="elastic:window=5,drift=0.97"),
    case("elastic, never", elastic, {"window": 8, "drift": 0.0}, 24,
         select="threshold", cache="elastic:window=8,drift=0"),
    case("elastic, refreshed", elastic, {"window": 6, "drift": 0.8, "refresh": 3}, 24,
         select="threshold", cache="elastic:window=6,drift=0.8,refresh=3"),
    *[case(f"end of text, {rule}", stopping, {"rule": rule, "block": 8}, 32,
           select="threshold", exit=f"eos:rule={rule}")
      for rule in ("first_open", "block", "anywhere_after_block", "whole_block")],
]  # fmt: skip
