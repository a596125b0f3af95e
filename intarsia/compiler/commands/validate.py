"""`intarsia validate`: predictions beside measurements, with baselines and targets."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console


class What(StrEnum):
    """What can be validated."""

    costs = "costs"
    serving = "serving"


def figure(value: Any) -> str:
    """A figure in its own unit."""
    return "-" if value is None else f"{value:.2f}"


def verdict(met: Any) -> str:
    return "-" if met is None else "yes" if met else "no"


COLUMNS: tuple[console.Column, ...] = (
    ("metric", "metric", units.words), ("value", "value", figure), ("unit", "unit", units.words), ("baseline", "baseline", units.words),
    ("its value", "baseline_value", figure), ("ratio", "ratio", figure), ("bias", "bias", figure), ("target", "target", figure), ("met", "met", verdict),
)  # fmt: skip


def command(
    what: Annotated[What, typer.Argument(metavar="WHAT", help="costs: operators' costs against measured tables; serving: predicted against measured serving (extra: silicon).")],
    device: Annotated[list[str] | None, typer.Option("--device", metavar="NAME", help="costs: a measured device; may be repeated. Default: H100-SXM, H200, A100-80GB-SXM.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", min=0, help="costs: chooses the shapes that are held out.")] = None,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The folder of measured runs (serving) and of network tables (costs). Default: INTARSIA_DATA.")] = None,
    as_json: console.Json = False,
) -> None:
    """Print how far predictions are from measurements that the models did not see.

    Figures that miss their target are printed like all others.
    """
    rows = _serving(data) if what is What.serving else _costs(device, seed, data)
    console.table(rows, COLUMNS, as_json=as_json)


def _costs(device: list[str] | None, seed: int | None, data: Path | None) -> list[console.Row]:
    from intarsia import knobs
    from intarsia.cost_models import validation

    with console.bar("validating") as progress:
        chosen = validation.SEED if seed is None else seed
        run = validation.Run(tuple(device or validation.DEVICES), chosen, data=data or knobs.get().data, progress=progress)
        return [row.to_dict() for row in validation.table(run)]


def _serving(data: Path | None) -> list[console.Row]:
    from intarsia import knobs
    from intarsia.compiler import validation_serving
    from intarsia.errors import InputError

    folder = data or knobs.get().data
    if folder is None:
        raise InputError("no folder of measured runs", mend="give --data DIR, or set INTARSIA_DATA")
    with console.bar("validating") as progress:
        return validation_serving.serving_validation(folder, progress=progress)
