"""What a spec's fields must keep whatever the kernel is: whole numbers that are large enough, types that it takes, warps and registers that a CTA may have."""

from __future__ import annotations

from dataclasses import fields

from intarsia.codegen.gpu.spec import Spec, is_power_of_two, power_of_two, require
from intarsia.codegen.gpu.targets import Target

MAY_BE_ZERO = ("ctas", "registers", "window", "groups", "top_groups", "pack")
"""Where 0 stands for no bound, all keys, no groups, or as many as fit."""
NO_FEWER_THAN = {"heads": "kv_heads", "experts": "top_k"}
LEAST_REGISTERS, MOST_REGISTERS = 24, 255
"""Of a thread: ptxas gives no fewer, and instructions name no more."""


def check(spec: Spec, on: Target) -> None:
    """Raises UnsupportedError for a field that no such kernel takes, naming the nearest value that one does."""
    for name in (f.name for f in fields(spec) if f.type == "int"):
        _check_number(spec, name, getattr(spec, name))
    require(spec.dtype in spec.dtypes, f"{spec.kernel} takes {', '.join(spec.dtypes)}, found {spec.dtype}", f"nearest: {_nearest(spec)}")
    most = on.threads_cta // on.warp_size
    fits = is_power_of_two(spec.warps) and spec.warps <= most
    require(fits, f"{spec.kernel} with {spec.warps} warps: a CTA on {on.name} has a power of two, {most} at most", f"nearest: {min(most, power_of_two(spec.warps))}")
    registers = getattr(spec, "registers", 0)
    fits = registers == 0 or LEAST_REGISTERS <= registers <= MOST_REGISTERS
    what = f"{spec.kernel} with {registers} registers a thread: {LEAST_REGISTERS} to {MOST_REGISTERS} can be asked for"
    require(fits, what, f"nearest: {min(MOST_REGISTERS, max(LEAST_REGISTERS, registers))}, or 0 for as many as fit")
    spec.check(on)


def _check_number(spec: Spec, name: str, value: object) -> None:
    least = 0 if name in MAY_BE_ZERO else max(spec.least.get(name, 1), int(getattr(spec, NO_FEWER_THAN.get(name, ""), 1)))
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= min(least, 1)
    require(whole, f"{spec.kernel}'s {name} of {value!r}: a whole number is wanted, {min(least, 1)} at least", f"nearest: {_rounded(value, least) if least else 0}")


def _rounded(value: object, least: int) -> int:
    return max(least, round(value)) if isinstance(value, float) and value == value and abs(value) < 1e18 else least


def _nearest(spec: Spec) -> str:
    return "bf16" if "bf16" in spec.dtypes else spec.dtypes[0]
