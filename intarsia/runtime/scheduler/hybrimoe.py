"""Experts between CPU and GPU (HybriMoE: Zhong et al., 2025, arXiv 2504.05897).

A GPU has memory for some experts of each layer; the others are in host memory. For each layer the activated experts are shared out: cached ones run on the
GPU, light ones run on the CPU where they are, heavy ones are copied to the GPU, so that GPU, CPU and the link end together (section 4.2). Idle
time of the link fetches ahead what saves most in the layers to come (4.3). The cache evicts by a score of how likely experts were lately: minus recent score,
S = a x TopP(s) + (1 - a) x S over the router's scores s, of which only the highest 2 x k count (4.4).

Unlike the paper, seconds come from the caller's cost model as `Speeds`, not from a warm-up run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from intarsia.runtime.scheduler.parameters import Checked, parameter


@dataclass(frozen=True)
class Speeds:
    """Seconds of one expert: to run on the GPU and on the CPU (a part for its weights, a part for each token; the longer), and to copy over."""

    gpu_s: float
    gpu_token_s: float
    cpu_s: float
    cpu_token_s: float
    copy_s: float

    def gpu(self, tokens: int) -> float:
        return max(self.gpu_s, tokens * self.gpu_token_s)

    def cpu(self, tokens: int) -> float:
        return max(self.cpu_s, tokens * self.cpu_token_s)


class Shared(NamedTuple):
    """How a layer's experts run: on the GPU, on the CPU, and copied to the GPU first; seconds in all, and until the link is idle."""

    gpu: tuple[int, ...]
    cpu: tuple[int, ...]
    copied: tuple[int, ...]
    seconds: float
    link_s: float


@dataclass
class ExpertCache:
    """The experts of one layer that are on the GPU, and every expert's score."""

    capacity: int
    held: set[int] = field(default_factory=set)
    score: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class HybriMoe(Checked):
    """Shares a layer's experts out over GPU, CPU and link so that they end together; keeps on the GPU those with the highest recent scores."""

    newest: float = parameter(0.3, least=0.0, most=1.0, help="weight of the newest scores (alpha)")
    top: int = parameter(2, least=1, help="scores that count are the highest `top` x activated")

    def share(self, tokens: Mapping[int, int], cached: set[int], speeds: Speeds) -> Shared:
        """Who runs what, for experts with that many tokens each.

        The CPU takes uncached experts from the lightest on, the link from the heaviest on, whichever ends first; then the CPU helps the GPU out with its lightest.
        """
        gpu = sorted((e for e in tokens if e in cached), key=lambda e: (tokens[e], e))
        missing = sorted((e for e in tokens if e not in cached), key=lambda e: (tokens[e], e))
        gpu_s, cpu_s, link_s = sum(speeds.gpu(tokens[e]) for e in gpu), 0.0, 0.0
        cpu: list[int] = []
        copied: list[int] = []
        while missing:
            on_cpu = cpu_s + speeds.cpu(tokens[missing[0]])
            on_gpu = max(gpu_s, link_s + speeds.copy_s) + speeds.gpu(tokens[missing[-1]])
            if on_cpu <= on_gpu:
                cpu.append(missing.pop(0))
                cpu_s = on_cpu
            else:
                copied.append(missing.pop())
                gpu_s, link_s = on_gpu, link_s + speeds.copy_s
        while gpu and max(cpu_s + speeds.cpu(tokens[gpu[0]]), gpu_s - speeds.gpu(tokens[gpu[0]])) < max(cpu_s, gpu_s):
            cpu_s, gpu_s = cpu_s + speeds.cpu(tokens[gpu[0]]), gpu_s - speeds.gpu(tokens[gpu[0]])
            cpu.append(gpu.pop(0))
        return Shared(tuple(gpu), tuple(cpu), tuple(copied), max(gpu_s, cpu_s), link_s)

    def seen(self, cache: ExpertCache, scores: Mapping[int, float], activated: int) -> None:
        """The router's scores of a step go into the recent ones."""
        counted = set(sorted(scores, key=lambda e: (-scores[e], e))[: self.top * activated])
        for expert in {*cache.score, *counted}:
            newest = scores[expert] if expert in counted else 0.0
            cache.score[expert] = self.newest * newest + (1 - self.newest) * cache.score.get(expert, 0.0)

    def keep(self, cache: ExpertCache, experts: Sequence[int], pinned: Sequence[int] = ()) -> list[int]:
        """Take copied experts into the cache; gives those evicted, lowest score first. Pinned ones, and those that just came, stay."""
        gone: list[int] = []
        coming = [expert for expert in experts if expert not in cache.held][: cache.capacity]
        for expert in coming:
            if len(cache.held) >= cache.capacity:
                others = [e for e in cache.held if e not in pinned and e not in experts]
                if not others:
                    break
                victim = min(others, key=lambda e: (cache.score.get(e, 0.0), e))
                cache.held.discard(victim)
                gone.append(victim)
            cache.held.add(expert)
        return gone

    def prefetch(self, ahead: Sequence[tuple[Mapping[int, int], set[int]]], idle_s: float, speeds: Speeds) -> list[tuple[int, int]]:
        """What to copy while the link is idle, as (layer ahead, expert): first what saves most of a coming layer's seconds, by its expected tokens."""
        cached = [set(held) for _, held in ahead]
        found: list[tuple[int, int]] = []
        while idle_s >= speeds.copy_s:
            gains = [
                (self.share(tokens, cached[layer], speeds).seconds - self.share(tokens, cached[layer] | {expert}, speeds).seconds, -layer, -expert)
                for layer, (tokens, _) in enumerate(ahead) for expert in tokens if expert not in cached[layer]
            ]  # fmt: skip
            gain, layer, expert = max(gains, default=(0.0, 0, 0))
            if gain <= 0:
                break
            found.append((-layer, -expert))
            cached[-layer].add(-expert)
            idle_s -= speeds.copy_s
        return found
