"""What a step takes longer when nothing ran before it.

Measured on a virtual machine (EPYC, two cores): after 0.1 to 1 s of sleep 2 to 8 ms more of processor time, whatever the step (8 to 230 ms), most of it in the step's first 20 ms;
after 1 or 10 ms hardly anything. It isn't the weights' place in caches (reading 96 MB of something else instead costs nothing), nor the thread's waking (less than 0.1 ms, and
no processor time): a thread that spins meanwhile keeps its speed. What is left is the core, whose clock falls and whose own caches are given away while it is halted. So the cost
is added to a step, and depends on how long the rest was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.ir.device import Device


@dataclass(frozen=True)
class Rest:
    """Seconds added to a step, `more_s`, after rests of `idle_s` seconds (ascending). Without points, none."""

    idle_s: tuple[float, ...] = ()
    more_s: tuple[float, ...] = ()

    @staticmethod
    def of(device: Device) -> Rest:
        """A device's measured rests; none where it has none. A longer one never costs less: that is noise."""
        points = sorted((float(idle), seconds) for idle, seconds in device.rest_s.items())
        return Rest(tuple(idle for idle, _ in points), tuple(np.maximum.accumulate([seconds for _, seconds in points]).tolist()))

    def after(self, idle_s: float) -> float:
        """Seconds added after `idle_s` seconds of rest: straight lines over its logarithm between points, in proportion before the first, constant after the last."""
        if not self.idle_s or idle_s <= 0:
            return 0.0
        if idle_s <= self.idle_s[0]:
            return self.more_s[0] * idle_s / self.idle_s[0]
        return float(np.interp(np.log(idle_s), np.log(self.idle_s), self.more_s))


NEVER_RESTS = Rest()
"""Of what steps take as long after a rest, or of what isn't known."""
