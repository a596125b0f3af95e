"""`intarsia calibrate`: measure this machine, so that plans for it rest on measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from intarsia.compiler.commands import console, devices

if TYPE_CHECKING:
    from intarsia.ir.device import Device


def command(
    threads: Annotated[int | None, typer.Option(min=1, help="Measure with up to so many threads. Default: all.")] = None,
    as_json: console.Json = False,
) -> None:
    """Measure this machine, for later plans.

    It takes about a minute. The result goes into the cache as a device file.
    """
    from intarsia.cost_models.devices.this_machine import calibration_file

    device = calibrate(threads)
    console.table(devices.figures(device), devices.FIGURES[:2], as_json=as_json, title=device.sources["rates"])
    if not as_json:
        console.say(f"\nwritten to {calibration_file()}")


def calibrate(threads: int | None) -> Device:
    """Measure with a progress bar, and write the device file. Raises InputError where it can't be written."""
    from intarsia.compiler import calibrate as measuring

    with console.bar("calibrating") as update:
        return measuring.calibrate(threads, update)
