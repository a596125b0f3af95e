"""Which planner an agent's module goes to, and `intarsia plan` of an agent on a mixed fleet: rows to print, a front, and JSON.

The rule (serving_plan.py has the whole of it): an agent of several nodes, none of them a torch program, on more than one kind of device is placed task by task.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intarsia.compiler import units
from intarsia.compiler.report.model import Spec
from intarsia.ir.module import Module, attribute, set_attributes
from intarsia.ir.workload import ONE_USER

if TYPE_CHECKING:
    from intarsia.planner.placement.agents.outcome import Found
    from intarsia.planner.placement.agents.place import Limits
    from intarsia.planner.placement.agents.writing import Placed

Row = dict[str, Any]
joules = partial(units.quantity, unit="J")


def _money(value: Any) -> str:
    return f"${float(value):.3g}"


def _number(value: Any) -> str:
    return f"{float(value):.3g}"


PLACES: tuple[Spec, ...] = (
    ("task", "task", units.words), ("runs", "visits", _number), ("device", "device", units.words), ("way", "way", units.words), ("replicas", "replicas", str),
    ("seconds", "seconds", units.seconds), ("waits", "wait_s", units.seconds), ("energy", "joules", joules), ("cost", "dollars", _money),
)  # fmt: skip
TRANSFERS: tuple[Spec, ...] = (
    ("from", "source", units.words), ("to", "target", units.words), ("kind", "kind", units.words), ("size", "bytes", units.size), ("seconds", "seconds", units.seconds),
)  # fmt: skip
FRONT: tuple[Spec, ...] = (
    ("$/request", "usd_per_request", _money), ("$/h", "usd_per_h", _money), ("energy", "joules", joules), ("mean", "mean_s", units.seconds),
    ("at percentile", "percentile_s", units.seconds), ("devices", "devices", units.words), ("gap", "gap", units.percent),
)  # fmt: skip


def mixed(module: Module) -> bool:
    """Whether the rule sends a module of stage ops to the placement on mixed fleets."""
    from intarsia.planner.facts import is_task

    nodes = {attribute(op, "node", attribute(op, "name")) for op in module.ops() if is_task(op)}
    families = {attribute(model, "config")["family"] for model in module.ops("llm.model")}
    return len(list(module.ops("plan.device"))) > 1 and len(nodes) > 1 and "torch" not in families


def set_rate(module: Module, rate_per_s: float) -> None:
    """Requests a second, instead of what each workload says. Whoever gives a rate no longer asks for one user."""
    for workload in module.ops("plan.workload"):
        named = {"name": f"{rate_per_s:g} requests a second"} if attribute(workload, "name") == ONE_USER else {}
        set_attributes(workload, rate_per_s=rate_per_s, **named)


def program(module: Module, write_lp: Path | None = None, time_limit_s: float | None = None) -> Module:
    """A module of stage plan, by the planner that the rule names. Raises InfeasibleError, and what that planner raises."""
    if mixed(module):
        from intarsia.planner.placement.agents import writing

        return writing.run(module, limits(time_limit_s, write_lp))
    from intarsia.planner import plan

    return plan.run(module, write_lp=write_lp, time_limit_s=time_limit_s)


def limits(time_limit_s: float | None, write_lp: Path | None = None) -> Limits:
    """The planner's limits of time, the usual ones where none is given."""
    from intarsia.planner.placement.agents import place

    return place.Limits(place.TIME_LIMIT_S if time_limit_s is None else time_limit_s, write_lp=write_lp)


def places(placed: Placed) -> list[Row]:
    """One row a task."""
    visits = {task.name: task.visits for task in placed.reading.problem.tasks}
    found = []
    for op in placed.module.ops("plan.place"):
        keys = ("task", "way", "replicas", "seconds", "wait_s", "joules", "dollars", "pool", "high_s", "busy_s", "source", "error_band")
        row = {key: attribute(op, key) for key in keys}
        found.append(row | {"device": str(attribute(op, "device")), "visits": visits[row["task"]]})
    return found


def transfers(placed: Placed) -> list[Row]:
    """One row for each edge between two pools."""
    return [{key: attribute(op, key) for key in ("source", "target", "kind", "bytes", "seconds", "visits")} for op in placed.module.ops("plan.transfer")]


def summary(found: Found) -> Row:
    """One placement's figures, and how it was found."""
    figures = found.figures
    level, seconds = list(figures.percentiles.items())[-1] if len(figures.percentiles) > 4 else (0.95, figures.percentiles[0.95])
    return {
        "usd_per_request": figures.usd_per_request, "usd_per_h": figures.usd_per_h, "joules": figures.joules, "mean_s": figures.mean_s,
        "percentiles_s": {f"{100 * key:g}": value for key, value in figures.percentiles.items()}, "percentile": 100 * level, "percentile_s": seconds,
        "within": figures.within, "devices": ", ".join(f"{count} x {name}" for name, count in figures.devices.items()), "objective": found.objective,
        "value": found.value, "bound": found.bound, "gap": found.gap, "seconds": found.seconds, "solver": found.solver, "solves": found.solves, "cuts": found.cuts,
        "variables": found.variables, "constraints": found.constraints, "notes": list(found.notes), "ways": dict(found.choice.ways), "replicas": dict(found.choice.replicas),
    }  # fmt: skip


def words(placed: Placed) -> list[str]:
    """What was found, in sentences."""
    found, goals = placed.found, placed.reading.problem.goals
    row = summary(found)
    said = [f"{row['devices']}: {_money(row['usd_per_request'])} and {joules(row['joules'])} a request, {_money(row['usd_per_h'])} an hour."]
    said.append(f"End to end {row['mean_s']:.3g} s on average, {row['percentile_s']:.3g} s at {row['percentile']:g} % of requests.")
    if goals.e2e_s is not None and goals.quantile:
        said.append(f"At least {row['within']:.2%} end within the goal of {goals.e2e_s:.3g} s.")
    said.append(f"{str(found)[0].upper()}{str(found)[1:]}.")
    return [*said, *found.notes]
