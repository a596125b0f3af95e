"""The same workload under other circumstances: faster, in bursts, or on devices that turn out slower than their prices say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from intarsia.errors import InputError
from intarsia.ir.going_on import go_on
from intarsia.ir.workload import Request, Workload

BURST_PERIOD_S = 60.0


@dataclass(frozen=True)
class Scenario:
    """`rate`: requests a second instead of the workload's (0: its own). `slowdown`: all steps take so many times as long.

    `burst`: in every period, requests come so many times as fast for its first part and not at all in the rest, so that the mean rate stays.
    `requests`: only the first so many (0: all), or, where there are fewer, as many as the load has when it goes on (ir/going_on.py).
    `judged`: a run is ended as soon as it can't meet the goals any more.
    """

    rate: float = 0.0
    slowdown: float = 1.0
    burst: float = 1.0
    requests: int = 0
    judged: bool = False

    def __post_init__(self) -> None:
        if self.rate < 0 or self.slowdown <= 0 or self.burst < 1 or self.requests < 0:
            raise InputError(f"a scenario needs a rate of 0 or more, a slowdown above 0, a burst of at least 1 and 0 or more requests, found {self}")

    def apply(self, workload: Workload) -> Workload:
        """The requests as they come. Slower devices are not among it: see `compress`."""
        if self.requests > len(workload):
            workload = go_on(workload, self.requests)
        elif self.requests:
            workload = replace(workload, requests=workload.requests[: self.requests])
        if self.rate and workload.rate_per_s:
            workload = workload.at_rate(self.rate)
        return bursty(workload, self.burst) if self.burst > 1 else workload


def bursty(workload: Workload, factor: float, period_s: float = BURST_PERIOD_S) -> Workload:
    """Arrivals of every period pressed into its first 1 / factor. A period holds twenty requests at least, where they come seldom."""
    period = max(period_s, 20 / workload.rate_per_s) if workload.rate_per_s else period_s
    return replace(workload, requests=tuple(_moved(request, period, factor) for request in workload.requests), drawn=None)


def _moved(request: Request, period: float, factor: float) -> Request:
    start = request.arrival_s // period * period
    return replace(request, arrival_s=start + (request.arrival_s - start) / factor)


def compress(workload: Workload, slowdown: float) -> Workload:
    """Arrivals so much closer that, with every time in the run multiplied by `slowdown`, they are where they were: how a run on slower devices is had from one on the devices."""
    return replace(workload, requests=tuple(replace(request, arrival_s=request.arrival_s / slowdown) for request in workload.requests), drawn=None)


NORMAL = Scenario()
STRESS = {"costs +20 %": Scenario(slowdown=1.2), "costs -20 %": Scenario(slowdown=0.8), "bursts of 2x": Scenario(burst=2.0)}
"""What a robust plan must bear."""
