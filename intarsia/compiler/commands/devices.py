"""`intarsia devices`: the catalogue, or one device with the source of each figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console

if TYPE_CHECKING:
    from intarsia.ir.device import Device

flops = partial(units.quantity, unit="FLOP/s")
bandwidth = partial(units.quantity, unit="B/s")
watts = partial(units.quantity, unit="W")

COLUMNS: tuple[console.Column, ...] = (
    ("device", "name", units.words), ("kind", "kind", units.words), ("cores", "cores", units.words), ("memory", "memory_bytes", units.size),
    ("bandwidth", "bandwidth_bytes_per_s", bandwidth), ("dtype", "fastest", units.words), ("peak", "flops", flops), ("power", "watts", watts),
    ("rent per h", "rent_usd_per_h", units.dollars),
)  # fmt: skip
Figure = tuple[str, str, float, Callable[[Any], str]]
"""The field whose source it has, a label, the value, and how to write it."""
FIGURES: tuple[console.Column, ...] = (("figure", "figure", units.words), ("value", "text", units.words), ("source", "source", units.words))


def command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A device's name, 'local', or the path of a device file. Default: list all.")] = None,
    as_json: console.Json = False,
) -> None:
    """List devices, or one device's figures.

    Every figure of the catalogue has a source.
    """
    from intarsia.cost_models import devices

    if name is None:
        found = [devices.local(), *(devices.load(known) for known in devices.available())]
        console.table([summary(device) for device in found], COLUMNS, as_json=as_json)
        return
    device = devices.load(name)
    console.table(figures(device), FIGURES, as_json=as_json, title=device.name)


def summary(device: Device) -> console.Row:
    """One device as a row."""
    fastest = max(device.flops, key=lambda dtype: device.flops[dtype])
    memory = device.main_memory
    return {
        "name": device.name, "kind": device.kind, "cores": device.cores, "memory_bytes": memory.size, "bandwidth_bytes_per_s": memory.bandwidth,
        "fastest": fastest, "flops": device.flops[fastest], "watts": device.watts or None, "rent_usd_per_h": device.rent_usd_per_h or None,
    }  # fmt: skip


def figures(device: Device) -> list[console.Row]:
    """Every figure of a device with its source."""
    return [{"figure": label, "value": value, "text": write(value), "source": device.source_of(field) or "-"} for field, label, value, write in [*_rates(device), *_sums(device)]]


def _rates(device: Device) -> Iterator[Figure]:
    yield "cores", "cores", device.cores, str
    for dtype, rate in device.flops.items():
        yield f"flops.{dtype}", f"peak {dtype}", rate, flops
    for tier in device.memory:
        yield f"memory.{tier.name}.size", f"{tier.name} size", tier.size, units.size
        yield f"memory.{tier.name}.bandwidth", f"{tier.name} bandwidth", tier.bandwidth, bandwidth
        for threads, rate in tier.bandwidths.items():
            yield "memory", f"{tier.name} bandwidth, {_threads(threads)}", rate, bandwidth
    for port in device.ports:
        yield f"ports.{port.kind}", f"{port.kind} to {'the ' * (port.leads_to != 'peers')}{port.leads_to}, each way", port.bandwidth, bandwidth
        yield f"ports.{port.kind}", f"{port.kind} latency", port.latency_s, units.seconds
    for threads, seconds in device.launch_s.items():
        yield "launch_s", f"launch, {_threads(threads)}", seconds, units.seconds
    for idle, seconds in device.rest_s.items():
        yield "rest_s", f"a step after {units.seconds(float(idle))} of rest, more", seconds, units.seconds
    for kernel, rate in device.rates.items():
        yield "rates", f"rate of {kernel}", rate, "{:.4g} /s".format
    for kernel, share in device.efficiency.items():
        yield "efficiency", f"efficiency of {kernel}", share, "{:.0%}".format


def _sums(device: Device) -> Iterator[Figure]:
    figures: tuple[Figure, ...] = (
        ("clock_hz", "clock", device.clock_hz, partial(units.quantity, unit="Hz")), ("shared_bytes", "scratchpad of a core", device.shared_bytes, units.size),
        ("register_bytes", "registers of a core", device.register_bytes, units.size),
        ("exponentials", "exponentials of a core", device.exponentials, "{:g} a clock".format),
        ("link", f"{device.link} reached, each way", device.link_bandwidth, bandwidth), ("link", f"{device.link} latency", device.link_latency_s, units.seconds),
        ("watts", "power", device.watts, watts), ("idle_watts", "idle power", device.idle_watts, watts),
        ("price_usd", "price", device.price_usd, units.dollars), ("rent_usd_per_h", "rent per hour", device.rent_usd_per_h, units.dollars),
    )  # fmt: skip
    return (figure for figure in figures if figure[2])


def _threads(count: str) -> str:
    return f"{count} thread" + "s" * (count != "1")
