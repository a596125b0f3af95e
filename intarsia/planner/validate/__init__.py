"""Checks a plan without trusting the planner: it reads nothing but the module, and shares no code with what made the plan.

Names are loaded when they are used: to judge offsets needs no MLIR.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from intarsia.errors import IntarsiaError

if TYPE_CHECKING:
    from intarsia.planner.validate.flow import flow_problems as flow_problems
    from intarsia.planner.validate.flow import lp_value as lp_value
    from intarsia.planner.validate.memory import phase_problems as phase_problems
    from intarsia.planner.validate.mix import mix_problems as mix_problems
    from intarsia.planner.validate.offsets import Span as Span
    from intarsia.planner.validate.offsets import offset_problems as offset_problems
    from intarsia.planner.validate.offsets import overlaps as overlaps
    from intarsia.planner.validate.plan import check as check
    from intarsia.planner.validate.plan import problems as problems
    from intarsia.planner.validate.schedule import schedule_problems as schedule_problems
    from intarsia.planner.validate.sharding import sharding_problems as sharding_problems

HOMES = {
    "check": "plan", "problems": "plan", "phase_problems": "memory", "Span": "offsets", "overlaps": "offsets", "offset_problems": "offsets",
    "schedule_problems": "schedule", "flow_problems": "flow", "lp_value": "flow", "mix_problems": "mix", "sharding_problems": "sharding",
}  # fmt: skip


class InvalidPlan(IntarsiaError):
    """A plan breaks a rule: a fault of the planner, or of a hand that edited the plan."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
