"""What work takes longer after a rest (cost_models/rest.py): the same kernels, in one thread, after sleeps of several lengths and right after others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from statistics import median

from intarsia.compiler.probes.native import Kernels
from intarsia.compiler.probes.programs import Probe, probes

IDLE_S = (0.01, 0.1, 1.0)
ROUNDS = 4
WORK_S = 0.04
"""The work that is timed: it has to be longer than a core takes to be itself again."""
WORK = "matmul.q4.a8.8"
Samples = dict[float, list[float]]
"""By seconds of rest (0: none), processor seconds of the same work, a round each."""


def probe() -> Probe:
    """What is run: it reads weights and computes."""
    return next(each for each in probes() if each.key == WORK)


def sample(kernels: Kernels, rounds: int = ROUNDS, sleep: Callable[[float], None] = time.sleep) -> Samples:
    """A few rounds. Work right after work comes first in each, and warms up for the others."""
    found: Samples = {idle: [] for idle in (0.0, *IDLE_S)}
    kernels.prepare(probe(), 1)
    times = max(1, math.ceil(WORK_S / max(kernels.run(probe(), 1) * probe().layers.count, 1e-6)))
    for _ in range(rounds):
        kernels.after(probe(), times, 0.0, sleep)
        for idle, seconds in found.items():
            seconds.append(kernels.after(probe(), times, idle, sleep))
    return found


def rest_s(samples: Samples) -> dict[str, float]:
    """What a device file says: the median over rounds of what work took longer than in the same round without a rest; never less than nothing."""
    return {f"{idle:g}": round(max(median(after - alone for after, alone in zip(samples[idle], samples[0.0], strict=True)), 0.0), 6) for idle in samples if idle}
