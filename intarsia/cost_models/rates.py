"""What a setup offers: the formats that weights take, bandwidth and arithmetic for a number of threads, and Python's own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from intarsia.cost_models.cost import Cost, Setup
from intarsia.cost_models.dtypes import BITS, DTYPES
from intarsia.ir.device import Device
from intarsia.ir.weights import EIGHT_BITS

PACKED = {
    "f32": "f32", "f16": "f16", "bf16": "bf16", "q8_0": "q8", "q6_k": "q6", "q4_k": "q4k", "q4_0": "q4s", "q4_1": "q4",
    "f8e4m3": "f8", "int8": "i8", "int4": "i4",
}  # fmt: skip
"""The packed format of each stored type of weight."""
QUANTISED = ("q8_0", "q6_k", "q4_k", "q4_0", "q4_1", "int8", "int4", "f8e4m3")
COMPUTE = {"a8": ("i8", "f8", "f16"), "a16": ("bf16", "f16", "f32"), "a32": ("f32",)}
"""Dtypes in which a matmul computes, by the kind of its activations, best first."""
ON_GPUS = {
    "f8": {"a8": "f8", "a16": "int8_wo"}, "i8": {"a8": "int8", "a16": "int8_wo"}, "q8": {"a8": "int8", "a16": "int8_wo"},
    "f32": {"a16": "f32"}, "f16": {"a16": "f16"}, "bf16": {"a16": "bf16"},
}  # fmt: skip
"""The type of an operator on a GPU (dtypes.py), by packed format and activations; other formats are weights of 4 bits."""


def packed_format(dtype: str, precision: str) -> str:
    """The format that weights stored as `dtype` have in memory under a precision."""
    return "f32" if precision == "f32" else PACKED[dtype]


def activations_for(fmt: str, setup: Setup) -> str:
    """Kind of activations of a matmul: int8 ones need quantised weights."""
    plain = fmt in ("f32", "f16", "bf16")
    return ("a32" if setup.device.kind == "cpu" else "a16") if plain and setup.activations == "a8" else setup.activations


def bandwidth(device: Device, threads: int) -> float:
    """Bytes/s that `threads` threads stream from main memory."""
    memory = device.main_memory
    reached = device.efficiency.get("memory", 1.0)
    if str(threads) in memory.bandwidths:
        return memory.bandwidths[str(threads)] * reached
    single = memory.bandwidths.get("1", memory.bandwidth if device.kind != "cpu" else memory.bandwidth / max(1.0, device.cores / 4))
    return min(memory.bandwidth, single * threads) * reached


def peak(device: Device, dtypes: Sequence[str], threads: int) -> float:
    """Dense FLOP/s of the first of `dtypes` that the device has, on `threads` of its cores (a GPU: all of it)."""
    rate = next((device.flops[d] for d in dtypes if d in device.flops), max(device.flops.values()))
    return rate * min(1.0, threads / device.cores) if device.kind == "cpu" else rate


def launch_seconds(device: Device, threads: int) -> float:
    """Overhead of one kernel: that of the nearest thread count known."""
    if not device.launch_s:
        return 0.0
    return device.launch_s[min(device.launch_s, key=lambda t: abs(int(t) - threads))]


def weight_bits(dtype: str, precision: str, *, inner: bool = False) -> float:
    """Bits of a weight in memory, scales included; `inner`: of a layer's matrix."""
    return DTYPES[precision].bits if inner and precision in EIGHT_BITS else BITS[packed_format(dtype, precision)]


def operand(stored: str, setup: Setup, *, inner: bool = False) -> str:
    """The type of a matmul's operands, a key of dtypes.DTYPES, for weights stored as `stored`; `inner`: of a layer's matrix."""
    if inner and setup.precision in EIGHT_BITS:
        return setup.precision
    fmt = packed_format(stored, setup.precision)
    activations = activations_for(fmt, setup)
    return f"{fmt}.{activations}" if setup.device.kind == "cpu" else ON_GPUS.get(fmt, {}).get(activations, "int4")


_narrowed: dict[tuple[int, int], tuple[Device, Device]] = {}


def narrow(device: Device, threads: int) -> Device:
    """A CPU with as many cores as threads, and their share of arithmetic, bandwidth and power; another device as it is. The same object each time."""
    if device.kind != "cpu" or (threads == device.cores and not device.main_memory.bandwidths):
        return device
    found = _narrowed.get((id(device), threads))
    if found is None or found[0] is not device:
        reached = device.efficiency.get("memory", 1.0)
        share = min(1.0, threads / device.cores)
        main = replace(device.main_memory, bandwidth=bandwidth(device, threads) / reached, bandwidths={})
        made = replace(
            device, cores=threads, flops={name: rate * share for name, rate in device.flops.items()},
            watts=device.idle_watts + (device.watts - device.idle_watts) * share,
            memory=tuple(main if tier is device.main_memory else tier for tier in device.memory), launch_s={str(threads): launch_seconds(device, threads)},
        )  # fmt: skip
        found = _narrowed[id(device), threads] = device, made
    return found[1]


SEQUENCES, CHUNK = 16, 128
"""Of the probes of Python's time in a step: sequences decoded together, and rows of a chunk of a prompt."""


def host(device: Device, rows: float, sequences: float, logits: float) -> Cost:
    """What Python takes between steps of `rows` rows in `sequences` sequences: schedule, fill arrays, choose among `logits` numbers (of all sequences).

    Straight lines through what calibration measured of the runtime; nothing where it did not.
    """
    rates = device.rates
    if "runtime.step.1" not in rates:
        return Cost()
    one, many, chunk = 1 / rates["runtime.step.1"], 1 / rates[f"runtime.step.{SEQUENCES}"], 1 / rates[f"runtime.chunk.{CHUNK}"]
    seconds = one + max(many - one, 0.0) / (SEQUENCES - 1) * (sequences - 1) + max(chunk - one, 0.0) / (CHUNK - 1) * max(rows - sequences, 0.0)
    seconds += logits / rates["sample.greedy"]
    return Cost(seconds, bound="host", source="probe", error_band=HOST_BAND)


HOST_BAND = 0.2
"""Relative standard error of Python's time: it depends on what else the process holds."""
