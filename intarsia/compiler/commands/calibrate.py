"""`intarsia calibrate`: measure this machine, so that plans for it rest on measurements."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from intarsia import whole_file
from intarsia.compiler.commands import console, devices

if TYPE_CHECKING:
    from intarsia.ir.device import Device


def command(
    threads: Annotated[int | None, typer.Option(min=1, help="Measure with up to so many threads. Default: all.")] = None,
    interference: Annotated[bool, typer.Option("--interference", help="Measure how operators slow each other down instead, for `intarsia pipeline --interference`.")] = False,
    ranks: Annotated[int, typer.Option(min=1, max=2, help="With --interference: processes that share a layer, with an all-reduce between them where there are two.")] = 1,
    as_json: console.Json = False,
) -> None:
    """Measure this machine, for later plans.

    It takes about a minute. The result goes into the cache as a device file.
    """
    from intarsia.cost_models.devices.this_machine import calibration_file

    if interference:
        _interference(ranks, as_json)
        return
    device = calibrate(threads)
    console.table(devices.figures(device), devices.FIGURES[:2], as_json=as_json, title=device.sources["rates"])
    if not as_json:
        console.say(f"\nwritten to {calibration_file()}")


def _interference(ranks: int, as_json: bool) -> None:
    """Curves of this CPU, into the cache."""
    from intarsia import knobs
    from intarsia.compiler.pipelined import measure
    from intarsia.compiler.pipelined.rank import Setup
    from intarsia.compiler.pipelined.team import team
    from intarsia.cost_models.devices.this_machine import available_cores

    with console.only_ours(), console.bar("calibrating") as progress, team(Setup(ranks=ranks, layers=2, cores=available_cores())) as workers:
        found = measure.curves(workers, progress)
    path = knobs.get().cache / f"interference-{ranks}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    whole_file.save(path, json.dumps(found.as_dict(), indent=1), "the curves")
    rows = [{"kind": kind, "beside": beside, "share": share, "speed": speed} for (kind, beside), points in found.curves.items() for share, speed in points]
    columns: tuple[console.Column, ...] = (("kind", "kind", str), ("beside", "beside", str), ("share", "share", str), ("speed", "speed", lambda speed: f"{speed:.2f}"))
    console.table(rows, columns, as_json=as_json, title=found.source)
    if not as_json:
        console.say(f"\nwritten to {path}")


def calibrate(threads: int | None) -> Device:
    """Measure with a progress bar, and write the device file. Raises InputError where it can't be written."""
    from intarsia.compiler import calibrate as measuring

    with console.bar("calibrating") as update:
        return measuring.calibrate(threads, update)
