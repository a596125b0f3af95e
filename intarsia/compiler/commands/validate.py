"""`intarsia validate`: predictions beside measurements, with baselines and targets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console


class What(StrEnum):
    """What can be validated."""

    costs = "costs"


def figure(value: Any) -> str:
    """A figure in its own unit."""
    return "-" if value is None else f"{value:.2f}"


def verdict(met: Any) -> str:
    return "-" if met is None else "yes" if met else "no"


COLUMNS: tuple[console.Column, ...] = (
    ("metric", "metric", units.words), ("value", "value", figure), ("unit", "unit", units.words), ("baseline", "baseline", units.words),
    ("its value", "baseline_value", figure), ("ratio", "ratio", figure), ("target", "target", figure), ("met", "met", verdict),
)  # fmt: skip


def command(
    what: Annotated[What, typer.Argument(metavar="WHAT", help="costs: operators' costs against measured tables (extra: silicon).")],
    device: Annotated[list[str] | None, typer.Option("--device", metavar="NAME", help="A measured device; may be repeated. Default: H100-SXM, H200, A100-80GB-SXM.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", min=0, help="Chooses the shapes that are held out.")] = None,
    as_json: console.Json = False,
) -> None:
    """Print how far predictions are from measurements that the models did not see.

    Figures that miss their target are printed like all others.
    """
    from intarsia.cost_models import validation

    with console.bar("validating") as progress:
        chosen = validation.SEED if seed is None else seed
        rows = validation.operator_costs(device or validation.DEVICES, seed=chosen, progress=progress)
    console.table([row.to_dict() for row in rows], COLUMNS, as_json=as_json)
