"""The planner of one kind of device and that of mixed fleets, where both apply: the same choices, the same seconds and joules. What each can do alone is why there are two."""

from __future__ import annotations

from typing import Any

import pytest

from intarsia.errors import InfeasibleError, UnsupportedError
from intarsia.ir.module import Module, attribute
from intarsia.planner import plan
from intarsia.planner.placement.agents import writing
from intarsia.planner.placement.agents.place import Limits
from tests.planner import samples
from tests.planner.samples import SMALL, branching, cpu, gpu


def agent(device: Any, count: int, dtype: str, objective: str) -> Module:
    return samples.module({"m": (SMALL, dtype)}, {"here": (device, count)}, branching("m"), slo={"e2e_s": 60.0}, knobs={"objective": objective})


def chosen(planned: Module) -> list[tuple[str, int]]:
    return [(attribute(op, "precision"), attribute(op, "tp")) for op in planned.ops("plan.deploy")]


def metrics(planned: Module) -> dict[str, float]:
    found: dict[str, float] = next(attribute(op, "metrics") for op in planned.ops("plan.estimate") if attribute(op, "subject") == "agent")
    return found


@pytest.mark.parametrize("dtype", ["f16", "q4_1"])
@pytest.mark.parametrize("objective", ["latency", "energy"])
def test_both_planners_agree_where_both_apply(dtype: str, objective: str) -> None:
    """One precision is on offer, and the tool has a device of its own."""
    one, mixed = plan.run(agent(gpu(), 4, dtype, objective)), writing.run(agent(gpu(), 4, dtype, objective), Limits(10.0))
    assert chosen(one) == chosen(mixed)
    assert metrics(mixed)["e2e_s"] == pytest.approx(metrics(one)["e2e_s"], rel=2e-3)
    assert metrics(mixed)["joules"] == pytest.approx(metrics(one)["joules"], rel=1e-6)


def test_the_planner_of_mixed_fleets_shares_no_device_between_a_model_and_a_tool() -> None:
    assert chosen(plan.run(agent(cpu(), 1, "q4_1", "latency")))
    with pytest.raises(InfeasibleError, match="2 devices needed, 1 allowed"):
        writing.run(agent(cpu(), 1, "q4_1", "latency"), Limits(10.0))


def test_the_planner_of_mixed_fleets_knows_no_throughput() -> None:
    assert chosen(plan.run(agent(gpu(), 4, "f16", "throughput")))
    with pytest.raises(UnsupportedError, match="not planned for throughput"):
        writing.run(agent(gpu(), 4, "f16", "throughput"), Limits(10.0))
