"""Checks a plan without trusting the planner: it reads nothing but the module, and shares no code with what made the plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from intarsia.errors import IntarsiaError
from intarsia.ir.module import Module, attribute
from intarsia.planner.validate import goals, placement
from intarsia.planner.validate.memory import Span as Span
from intarsia.planner.validate.memory import offset_problems as offset_problems
from intarsia.planner.validate.memory import overlaps as overlaps
from intarsia.planner.validate.memory import phase_problems as phase_problems


class InvalidPlan(IntarsiaError):
    """A plan breaks a rule: a fault of the planner, or of a hand that edited the plan."""


def check(module: Module) -> None:
    """Raises InvalidPlan naming everything that is wrong with a module of stage plan."""
    found = list(problems(module))
    if found:
        raise InvalidPlan(f"the plan is not valid: {'; '.join(found)}", mend="correct the plan.* operations, or plan again from the stage ops")


def problems(module: Module) -> Iterator[str]:
    """A sentence for each rule that a plan breaks."""
    yield from placement.problems(module)
    yield from goals.problems(module)
    for phase in module.ops("llm.phase"):
        if "function" not in phase.attributes:
            yield from phase_problems(phase, _selected_rows(module, phase))


def _selected_rows(module: Module, phase: Any) -> int:
    sequences = [attribute(d, "max_sequences") for d in module.ops("plan.deploy") if attribute(d, "model") == attribute(phase, "model")]
    return int(min([attribute(phase, "max_rows", 0), *sequences]))
