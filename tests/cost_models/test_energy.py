"""Power states, and energy of a step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.cost_models import energy
from intarsia.errors import InputError
from intarsia.ir.device import Device, MemoryTier

GPU = Device("gpu", "gpu", 100, {"bf16": 1e15}, (MemoryTier("hbm", 80e9, 3e12),), idle_watts=100, watts=700)
TIMES = st.floats(0, 10)


@pytest.mark.parametrize(("compute", "memory", "watts", "state"), [(0, 0, 100, "idle"), (0, 1, 460, "memory-bound"), (1, 0, 700, "compute-bound"), (1, 1, 700, "compute-bound")])
def test_states(compute: float, memory: float, watts: float, state: str) -> None:
    assert energy.step_energy(GPU, 1.0, compute, memory) == energy.Energy(watts, watts, state)


@given(st.floats(1e-6, 10), TIMES, TIMES, TIMES)
def test_power_lies_between_idle_and_full_and_grows_with_work(seconds: float, compute: float, memory: float, more: float) -> None:
    less = energy.step_energy(GPU, seconds, compute, memory)
    assert GPU.idle_watts <= less.watts <= GPU.watts and less.joules == pytest.approx(less.watts * seconds)
    assert energy.step_energy(GPU, seconds, compute + more, memory).joules >= less.joules
    assert energy.step_energy(GPU, seconds, compute, memory + more).joules >= less.joules


def test_bad_figures_are_refused() -> None:
    with pytest.raises(InputError, match="power"):
        energy.power_states(Device("x", "gpu", 1, {"bf16": 1.0}, (MemoryTier("hbm", 1e9, 1.0),)))
    with pytest.raises(InputError, match="negative"):
        energy.step_energy(GPU, -1, 0, 0)
