"""What each policy does beside the baseline of its paper, on the workloads of the tests: the table of docs/policies.md.

    python -m tests.bench.policies [--json]

A ratio says how many times better than the baseline: more of what is good, less of what is not. Published figures are on their authors' hardware and workloads; `met` says whether
the sign is the same, and the gain at least half of the least that is published.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator

from tests.bench.bench_llm import table
from tests.bench.figures import Figure
from tests.planner.simulate import policies
from tests.runtime import test_experts as experts

Published = tuple[float, float]
"""The least and the most of the gains that a paper reports; a least of 1: only the sign is asked for."""
FIXED: tuple[tuple[str, str, str, Published, Callable[[], policies.Figures]], ...] = (
    ("continuous_batching: throughput", "throughput", "static_batching", (1, 36.9), policies.continuous_batching),
    ("continuous_batching: mean latency", "latency", "static_batching", (1, 36.9), policies.continuous_batching),
    ("fcfs_chunked_prefill: capacity", "capacity", "continuous_batching", (2.6, 5.6), policies.chunked_prefill),
    ("dynamic_splitfuse: goodput", "goodput", "continuous_batching", (1, 2.3), policies.dynamic_splitfuse),
    ("dynamic_splitfuse: mean latency", "latency", "continuous_batching", (1, 2.0), policies.dynamic_splitfuse),
    ("batchllm: throughput", "throughput", "fcfs_chunked_prefill with a prefix cache", (1.3, 10.8), policies.batchllm),
    ("continuum: mean program", "program", "fcfs_chunked_prefill with a prefix cache", (1, 2.2), policies.continuum),
    ("continuum: mean program, order alone", "order alone", "fcfs_chunked_prefill with a prefix cache", (1, 2.2), policies.continuum),
    ("jitserve: goals met", "goodput over vLLM", "continuous_batching", (1.4, 6.3), policies.jitserve),
    ("jitserve: goals met", "goodput over Sarathi", "fcfs_chunked_prefill", (1.4, 6.3), policies.jitserve),
    ("hexgen_flow: 95th percentile of time over goal", "95th percentile", "fcfs_chunked_prefill", (1.42, 1.56), policies.hexgen_flow),
    ("fastswitch: light clients' first token, 99th percentile", "first token", "fcfs_chunked_prefill", (1.4, 11.2), policies.fastswitch),
    ("encode_only: time between tokens, 99th percentile", "gap", "images encoded beside", (1, 1), policies.encode_apart),
    ("encode_only: chats' first token, 95th percentile", "first token", "images encoded beside", (1, 1), policies.encode_apart),
)  # fmt: skip
"""Gains that a workload's function gives as such: the row's name, the figure's, the baseline."""
LOADS = (20, 30, 40, 50, 60)
"""Users of the Past-Future curve."""
STAYS = (0.0, 0.25, 0.75)
"""Shares of a router's preferences that are alike in all runs, beside the half of the test."""
DEMANDS = ((256, 0.1), (256, 0.05), (1024, 0.05), (4096, 0.05))
"""Sequences and seconds a token that Janus and monolithic replicas are sized for, beside the test's."""


def figures() -> Iterator[Figure]:
    """Every row."""
    found: dict[Callable[[], policies.Figures], policies.Figures] = {}
    for metric, name, baseline, published, of in FIXED:
        if of not in found:
            found[of] = of()
        yield _gain(metric, found[of][name], baseline, published)
    yield from _inverse("layered_prefill", "fcfs_chunked_prefill", policies.layered_prefill(), {"first token": 1 / 0.3, "end to end": 1 / 0.59, "energy": 1 / 0.78})
    yield from _inverse("fastswitch, copies kept", "no copies kept", policies.swap_reuse(), {"moved": 1 / 0.47})
    yield from _past_future()
    yield from _clusters()
    yield from _experts()


def _gain(metric: str, gain: float, baseline: str, published: Published) -> Figure:
    least, most = published
    told = f"published {'up to ' if least == 1 else f'{least:.3g} to ' if most != least else ''}{most:.3g}" if most > 1 else "more than 1"
    return Figure(metric, gain, "x", baseline, 1.0, gain, told, gain > 1 and gain >= least / 2)


def _inverse(name: str, baseline: str, shares: policies.Figures, published: dict[str, float]) -> Iterator[Figure]:
    """Figures that are shares of the baseline's: the less, the better."""
    for what, most in published.items():
        yield _gain(f"{name}: {what}", 1 / shares[what], baseline, (most, most))


def _past_future() -> Iterator[Figure]:
    """The test's run, and longer ones with ever more users."""
    for users, count in ((50, 200), *((users, 500) for users in LOADS)):
        found = policies.past_future(users, count)
        for name in ("aggressive", "conservative"):
            asked = users >= 40
            ratio = found["past_future"] / found[name]
            told = ("published up to 2 to 3", ratio > 1) if asked else (None, None)
            yield Figure(f"past_future: goodput, {users} users, {count} requests", found["past_future"], "tokens/s", name, found[name], ratio, *told)


def _clusters() -> Iterator[Figure]:
    found = policies.llumnix()
    yield _gain("llumnix: first token, 99th percentile", found["first token over round robin"], "round robin", (10, 15))
    yield _gain("llumnix: longest pause, 99th percentile", found["pause over round robin"], "round robin", (1, 10))
    yield _gain("llumnix: longest pause, 99th percentile", found["pause over least loaded"], "least loaded", (1, 10))
    roles = policies.xllm()
    for name in ("best fixed", "worst fixed"):
        ratio = roles["met"] / roles[name]
        yield Figure("xllm: goals met", roles["met"], "share", f"{name} split", roles[name], ratio, "published 1.7 to 2.2", ratio > 1)


def _experts() -> Iterator[Figure]:
    ours, random, even = experts.fullest()
    yield Figure("janus: experts on the fullest instance", ours, "in 20 steps", "random choice among copies", random, random / ours, "more than 1", ours < random)
    yield Figure("janus: experts on the fullest instance", ours, "in 20 steps", "an even spread", even, even / ours)
    for sequences, goal_s in (*DEMANDS, (4096, 0.1)):
        found = policies.janus(sequences, goal_s, 40)
        apart, ratio = found["attention"] + found["experts"], found["per device"]
        metric = f"janus: devices for {sequences} sequences, {1e3 * goal_s:.0f} ms a token"
        yield Figure(metric, apart, "devices", "monolithic expert parallelism", found["monolithic"], ratio, "published up to 3.9", ratio > 1)
    yield _gain("hybrimoe: prefill", experts.over_fixed_split(128), "fixed split", (1.33, 1.33))
    yield _gain("hybrimoe: decode", experts.over_fixed_split(1), "fixed split", (1.7, 1.7))
    for stays in STAYS:
        yield _gain(f"hybrimoe: decode, {stays:.0%} of preferences alike in all runs", experts.over_fixed_split(1, stays), "fixed split", (1, 1.7))
    for capacity in (12, 16, 24):
        before, after = (100 * experts.hits(capacity, recent=recent) for recent in (True, False))
        yield Figure(f"hybrimoe: hits of a cache of {capacity}", after, "%", "least recently used", before, after / before, "published 6 to 8 points", after > before)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.policies", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)
    rows = list(figures())
    print(json.dumps([row.row() for row in rows], indent=1) if options.json else table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
