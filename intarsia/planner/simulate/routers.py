"""Which replica a request goes to. A router is one class here; `ROUTERS` names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from intarsia.errors import InputError
from intarsia.planner.simulate.engine import Engine, State


class Router(Protocol):
    """Chooses the place of an engine among `engines`; it may look at their schedulers."""

    def choose(self, state: State, engines: Sequence[Engine], now: float) -> int: ...


class RoundRobin:
    """One after the other."""

    def __init__(self) -> None:
        self._next = -1

    def choose(self, state: State, engines: Sequence[Engine], now: float) -> int:
        self._next = (self._next + 1) % len(engines)
        return self._next


class LeastLoaded:
    """The engine with the fewest tokens still to prefill or hold, as far as it knows."""

    def choose(self, state: State, engines: Sequence[Engine], now: float) -> int:
        return min(range(len(engines)), key=lambda place: engines[place].outstanding())


class PrefixAware:
    """Where most of the prompt is cached, unless that engine has much more to do than the least loaded one.

    A cached token is worth a token of outstanding work (as in SGLang's cache-aware router and Mooncake's Conductor, arXiv 2407.00079, algorithm 1).
    """

    def choose(self, state: State, engines: Sequence[Engine], now: float) -> int:
        def cost(place: int) -> float:
            engine = engines[place]
            return engine.outstanding() - engine.matched(state)

        return min(range(len(engines)), key=cost)


class SloAware:
    """The most loaded engine that is still expected to keep the goal for the first token, else the one that answers first: others stay free for tighter goals."""

    def choose(self, state: State, engines: Sequence[Engine], now: float) -> int:
        expected = [engine.expected_first_s(state, now) for engine in engines]
        kept = [place for place, seconds in enumerate(expected) if seconds <= state.job.ttft_s]
        if kept and state.job.ttft_s < float("inf"):
            return max(kept, key=lambda place: expected[place])
        return min(range(len(engines)), key=lambda place: expected[place])


ROUTERS: dict[str, type[Router]] = {"round_robin": RoundRobin, "least_loaded": LeastLoaded, "prefix_aware": PrefixAware, "slo_aware": SloAware}


def make_router(name: str) -> Router:
    """The router called `name`. Raises InputError for an unknown name."""
    if name not in ROUTERS:
        raise InputError(f"unknown router {name!r}", mend=f"known are {', '.join(ROUTERS)}")
    return ROUTERS[name]()
