"""A module of stage plan as a whole: placements, goals, and the memory of every phase."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from intarsia.ir.module import Module, attribute
from intarsia.planner.validate import InvalidPlan, goals, placement, tiers
from intarsia.planner.validate.memory import phase_problems


def check(module: Module) -> None:
    """Raises InvalidPlan naming everything that is wrong with a module of stage plan."""
    found = list(problems(module))
    if found:
        raise InvalidPlan(f"the plan is not valid: {'; '.join(found)}", mend="correct the plan.* operations, or plan again from the stage ops")


def problems(module: Module) -> Iterator[str]:
    """A sentence for each rule that a plan breaks."""
    yield from placement.problems(module)
    yield from goals.problems(module)
    yield from tiers.problems(module)
    for phase in module.ops("llm.phase"):
        if "function" not in phase.attributes:
            yield from phase_problems(phase, _selected_rows(module, phase))


def _selected_rows(module: Module, phase: Any) -> int:
    sequences = [attribute(d, "max_sequences") for d in module.ops("plan.deploy") if attribute(d, "model") == attribute(phase, "model")]
    return int(min([attribute(phase, "max_rows", 0), *sequences]))
