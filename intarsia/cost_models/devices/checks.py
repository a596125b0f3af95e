"""What no device file may say: figures without a source, in the wrong unit, sparse for dense, or of no memory that exists.

A check yields (figure, sentence); figures are named as in `Device.sources`: "flops.f8", "memory.hbm3.size".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from intarsia.ir.device import Device, MemoryTier

Problem = tuple[str, str]
FIGURES = (
    "cores", "flops", "memory", "launch_s", "rates", "efficiency", "idle_watts", "watts", "price_usd", "rent_usd_per_h", "link_bandwidth",
    "link_latency_s", "clock_hz", "shared_bytes", "register_bytes", "exponentials", "ports", "rest_s",
)  # fmt: skip
SOURCE_OF = {"link_bandwidth": "link", "link_latency_s": "link"}
"""Figures whose source has another name than they have."""
MOST = {
    "cores": 1e6, "flops": 1e17, "bandwidth": 1e15, "size": 1e16, "watts": 1e5, "launch_s": 1.0, "rest_s": 10.0, "clock_hz": 2e10, "link_bandwidth": 1e14, "link_latency_s": 1.0,
    "shared_bytes": 1e9, "register_bytes": 1e9, "exponentials": 1e4, "price_usd": 1e7, "rent_usd_per_h": 1e4,
}  # fmt: skip
LEAST = {
    "flops": 1e8,
    "bandwidth": 1e8,
    "size": 1e4,
    "watts": 1.0,
    "clock_hz": 1e6,
    "link_bandwidth": 1e6,
    "shared_bytes": 1e3,
    "register_bytes": 1e3,
    "price_usd": 1.0,
    "rent_usd_per_h": 1e-4,
}
"""Figures above or below these are in the wrong unit."""
LOWER_OF = {
    "flops": "TFLOP/s", "bandwidth": "GB/s", "size": "GB", "watts": "kW", "clock_hz": "MHz or GHz", "link_bandwidth": "GB/s", "shared_bytes": "KB", "register_bytes": "KB",
    "price_usd": "thousands", "rent_usd_per_h": "thousands",
}  # fmt: skip

MEMORIES = {
    "hbm2e": 3.7e12, "hbm3e": 10e12, "hbm4": 32e12, "hbm3": 6.6e12, "hbm2": 2.5e12, "hbm": 32e12, "gddr7": 2.1e12, "gddr6x": 1.2e12, "gddr6": 1.2e12, "lpddr5": 1.1e12,
    "lpddr4": 0.3e12, "ddr5": 2.2e12, "ddr4": 0.42e12, "dram": 2.2e12,
}  # fmt: skip
"""The most bytes/s of a package's memory by its kind: eight stacks of HBM (JESD235, JESD238, JESD270), 512 bits of GDDR (JESD250,
JESD239), 1024 bits of LPDDR (JESD209), two sockets of eight channels of DDR4-3200 or twelve of DDR5, MRDIMMs included (JESD79)."""

RATIOS = (
    ("f8", "f16", 0.9, 2.2), ("f8", "bf16", 0.9, 2.2), ("i8", "f16", 0.9, 2.2), ("i8", "bf16", 0.9, 2.2), ("f16", "bf16", 0.6, 1.6), ("f16", "tf32", 0.9, 2.5),
    ("bf16", "tf32", 0.9, 2.5), ("f16", "f32", 1.0, 40.0), ("tf32", "f32", 0.9, 20.0), ("f4", "f8", 0.9, 3.3), ("f6", "f8", 0.9, 2.2), ("i4", "i8", 0.9, 2.2),
)  # fmt: skip
"""(dtype, other, least, most): how many times the dense rate of the other a dtype has on any accelerator known."""
FEW_UNITS = 0.2
"""Below this ratio a die has given up most units of a dtype (integers on Blackwell Ultra): no factor of two explains it."""
AMOUNT = re.compile(r"\b(\d+(?:\.\d+)?) ([KMGT])(i?)B(?!/s)\b")
POWER = {"K": 1, "M": 2, "G": 3, "T": 4}


def problem(facts: dict[str, Any]) -> Problem | None:
    """The first figure of a device file that is wrong, and a sentence about it; None where all are right."""
    try:
        device = Device.from_dict(facts)
    except (ValueError, TypeError) as error:
        return _field_in(str(error)), str(error)
    checks = (_unsourced, _undated, _absurd, _contradictions, _order, _kinds, _binary, _sparse)
    return next((found for check in checks for found in check(device)), None)


def figures(device: Device) -> list[str]:
    """The names of all figures that a device has, each of which needs a source."""
    found = [name for name in FIGURES if name not in ("flops", "memory", "ports") and getattr(device, name)]
    found += [f"flops.{dtype}" for dtype in device.flops]
    found += [f"memory.{tier.name}.{field}" for tier in device.memory for field in ("size", "bandwidth")]
    return found + [f"ports.{port.kind}" for port in device.ports]


def _unsourced(device: Device) -> Iterator[Problem]:
    for figure in figures(device):
        if not device.source_of(SOURCE_OF.get(figure, figure)).strip():
            field = figure if any(name.startswith(figure.split(".")[0] + ".") for name in device.sources) else figure.split(".")[0]
            yield field, f"{field} has no source; say under [sources] where the figure comes from"


def _undated(device: Device) -> Iterator[Problem]:
    for name in ("price_usd", "rent_usd_per_h"):
        if getattr(device, name) and not re.search(r"\b(19|20)\d\d\b", device.sources[name]):
            yield name, f"{name} has a source without a date; prices change, so name the year"


def _absurd(device: Device) -> Iterator[Problem]:
    for kind, figure, value in _measures(device):
        if value > MOST.get(kind, value):
            yield figure.split(".")[0] if kind == "flops" else figure, f"{_words(figure)} is {value:g}, which no device has; check its unit"
        if 0 < value < LEAST.get(kind, 0.0):
            yield figure, f"{_words(figure)} is {value:g}, which no device has; a figure in {LOWER_OF[kind]}?"


def _measures(device: Device) -> Iterator[tuple[str, str, float]]:
    """(kind, figure, value) of what has a range."""
    for name in ("cores", "watts", "clock_hz", "link_bandwidth", "link_latency_s", "shared_bytes", "register_bytes", "exponentials", "price_usd", "rent_usd_per_h"):
        yield name, name, float(getattr(device, name))
    for dtype, rate in device.flops.items():
        yield "flops", f"flops.{dtype}", rate
    for threads, seconds in device.launch_s.items():
        yield "launch_s", f"launch_s.{threads}", seconds
    for idle, seconds in device.rest_s.items():
        yield "rest_s", f"rest_s.{idle}", seconds
    for tier in device.memory:
        yield "size", f"memory.{tier.name}.size", tier.size
        yield "bandwidth", f"memory.{tier.name}.bandwidth", tier.bandwidth
    for port in device.ports:
        yield "link_bandwidth", f"ports.{port.kind}.bandwidth", port.bandwidth
        yield "link_latency_s", f"ports.{port.kind}.latency_s", port.latency_s


def _words(figure: str) -> str:
    parts = figure.split(".")
    return f"{parts[0]} {parts[1]}: {parts[2]}" if len(parts) == 3 else figure


def _contradictions(device: Device) -> Iterator[Problem]:
    if any(value > 1 for value in device.efficiency.values()):
        yield "efficiency", "an efficiency is a fraction of peak, so it can't exceed 1"
    if device.idle_watts > device.watts:
        yield "idle_watts", f"idle_watts ({device.idle_watts:g}) exceeds watts ({device.watts:g})"
    names = [tier.name for tier in device.memory]
    if twice := next((name for name in names if names.count(name) > 1), None):
        yield "memory", f"memory has two tiers named {twice}"


def _order(device: Device) -> Iterator[Problem]:
    for above, below in itertools.pairwise(device.memory):
        if below.bandwidth > above.bandwidth:
            yield f"memory.{below.name}.bandwidth", f"memory {below.name} ({below.bandwidth:g} B/s) is faster than {above.name} before it; list tiers from the fastest on"
        if below.size < above.size:
            yield f"memory.{below.name}.size", f"memory {below.name} ({below.size:g} bytes) is smaller than {above.name} before it; check the units of both"


def _kinds(device: Device) -> Iterator[Problem]:
    for tier in device.memory:
        most = next((rate for kind, rate in MEMORIES.items() if tier.name.lower().startswith(kind)), None)
        if most is not None and tier.bandwidth > most:
            yield f"memory.{tier.name}.bandwidth", f"memory {tier.name}: bandwidth is {tier.bandwidth:g} B/s, but no {tier.name} exceeds {most:g} B/s; bits for bytes?"


def _binary(device: Device) -> Iterator[Problem]:
    """A size whose source says GB must count in 1000s, and one whose source says GiB in 1024s."""
    for tier in device.memory:
        figure = f"memory.{tier.name}.size"
        for amount, unit, binary in AMOUNT.findall(device.source_of(figure)):
            said, other = (float(amount) * base ** POWER[unit] for base in ((1024, 1000) if binary else (1000, 1024)))
            if _near(tier.size, other) and not _near(tier.size, said):
                wrong = f"{amount} {unit}{'' if binary else 'i'}B"
                yield figure, f"memory {tier.name}: size is {tier.size:.0f} bytes, which is {wrong}, but its source says {amount} {unit}{binary}B ({said:.0f} bytes)"
        yield from _capacity(device, tier, figure)


def _capacity(device: Device, tier: MemoryTier, figure: str) -> Iterator[Problem]:
    """A whole number of GiB of an accelerator's memory whose source doesn't say GiB."""
    gib = tier.size / 2**30
    if device.kind != "cpu" and tier.name.lower().startswith(("hbm", "gddr")) and gib.is_integer() and "GiB" not in device.source_of(figure):
        yield figure, f"memory {tier.name}: size is {gib:.0f} GiB; datasheets count GB of 1e9 bytes, so write {gib:.0f}e9, or let the source say {gib:.0f} GiB"


def _near(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= 1e-3 * wanted


def _sparse(device: Device) -> Iterator[Problem]:
    """Sparse figures beside dense ones: twice too much of one dtype."""
    if device.kind == "cpu":  # its units for matrices know some dtypes only
        return
    for dtype, other, least, most in RATIOS:
        if dtype in device.flops and other in device.flops:
            ratio = device.flops[dtype] / device.flops[other]
            if ratio > most:
                yield f"flops.{dtype}", f"flops.{dtype} is {ratio:.3g} times flops.{other}, at most {most:g} is known: a figure with sparsity? Dense ones are half of it"
            if FEW_UNITS < ratio < least:
                yield f"flops.{other}", f"flops.{other} is {1 / ratio:.3g} times flops.{dtype}: a figure with sparsity, or one of another dtype?"


def _field_in(sentence: str) -> str:
    """The field that a sentence of `Device` or `check_fields` is about."""
    if sentence.startswith("port needs"):
        return "ports"
    quoted = re.search(r"field '(\w+)'", sentence)
    dotted = re.match(r"(?:device|memory tier|port)\.(\w+)", sentence)
    return quoted.group(1) if quoted else dotted.group(1) if dotted else re.match(r"\w*", sentence).group()  # type: ignore[union-attr]
