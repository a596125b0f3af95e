"""Routers by name: which replica a request goes to. Clock-free: they see schedulers, and what a clock says of their speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intarsia.errors import InputError
from intarsia.runtime.scheduler.cluster import Looks, Replica, Router
from intarsia.runtime.scheduler.request import NEVER, Request


class RoundRobin:
    """One after the other."""

    looks: ClassVar[Looks] = "none"

    def __init__(self) -> None:
        self._next = -1

    def route(self, request: Request, replicas: Sequence[Replica], now: float) -> int:
        self._next = (self._next + 1) % len(replicas)
        return replicas[self._next].number


class LeastLoaded:
    """The replica whose requests have the fewest tokens, computed or not; of equals the one with the fewest requests."""

    looks: ClassVar[Looks] = "load"

    def route(self, request: Request, replicas: Sequence[Replica], now: float) -> int:
        return min(replicas, key=lambda replica: (replica.tokens(), len(replica.scheduler.running) + len(replica.scheduler.waiting))).number


class PrefixAware:
    """Where the prompt that isn't cached and the tokens already there are fewest together: a cached token is worth a token of other work.

    After SGLang's cache-aware router and Mooncake's Conductor (arXiv 2407.00079, algorithm 1), both of which weigh hits against load.
    """

    looks: ClassVar[Looks] = "cache"

    def route(self, request: Request, replicas: Sequence[Replica], now: float) -> int:
        best, least = replicas[0].number, float("inf")
        for replica in replicas:
            tokens = replica.tokens()
            if tokens - request.known < least and (cost := tokens - replica.scheduler.kv.matched(request)) < least:  # no more than what is known can be cached
                best, least = replica.number, cost
        return best


class SloAware:
    """The busiest replica that is still expected to keep the goal for the first token, so that others stay free for tighter goals; else the one that answers first."""

    looks: ClassVar[Looks] = "all"

    def route(self, request: Request, replicas: Sequence[Replica], now: float) -> int:
        goal = request.hints.ttft_s
        waits = [(replica.queued_tokens() + request.prompt - replica.scheduler.kv.matched(request)) * replica.prefill_s + replica.step_s for replica in replicas]
        kept = [place for place, wait in enumerate(waits) if wait <= goal < NEVER]
        place = max(kept, key=lambda place: waits[place]) if kept else min(range(len(waits)), key=lambda place: waits[place])
        return replicas[place].number


class WeightsAware:
    """The replica with the least work, in seconds of prefill for all tokens there; where models share its devices, with theirs, and with what its turn and weights take to come."""

    looks: ClassVar[Looks] = "all"

    def route(self, request: Request, replicas: Sequence[Replica], now: float) -> int:
        return min(replicas, key=lambda replica: (replica.tokens() + request.prompt) * replica.prefill_s + replica.away_s).number


ROUTERS: dict[str, type[Router]] = {"round_robin": RoundRobin, "least_loaded": LeastLoaded, "prefix_aware": PrefixAware, "slo_aware": SloAware, "weights_aware": WeightsAware}


def make_router(name: str) -> Router:
    """The router called `name`. Raises InputError for an unknown name."""
    if name not in ROUTERS:
        raise InputError(f"unknown router {name!r}", mend=f"known are {', '.join(ROUTERS)}")
    return ROUTERS[name]()
