"""This machine: what `intarsia calibrate` measured, or an estimate from what the system says about the processor."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from intarsia import knobs
from intarsia.cost_models.devices import files
from intarsia.errors import InputError
from intarsia.ir.device import Device, MemoryTier

FILE = "local.toml"
CORE_BANDWIDTH, BANDWIDTH = 10e9, 40e9
"""Bytes/s assumed of one core and of all, where nothing is measured: two channels of DDR4-2666 at 90 %."""
HERTZ = 2.5e9


def calibration_file() -> Path:
    """Where calibration writes and `local` reads."""
    return knobs.get().cache / FILE


def local() -> Device:
    """This machine: calibrated if `calibration_file()` is there and was made on the same kind of processor, else estimated.

    `sources` says which. Raises InputError for a damaged calibration file.
    """
    estimated = estimate()
    path = calibration_file()
    if not path.exists():
        return estimated
    try:
        measured = files.read(path)
    except InputError as error:
        raise InputError(error.what, where=error.where, mend=f"run `intarsia calibrate` again, or remove {path}") from None
    if (measured.cores, measured.isa) != (estimated.cores, estimated.isa):
        stale = "estimated: the calibration in the cache is of another processor; run `intarsia calibrate`"
        return replace(estimated, sources=dict.fromkeys(estimated.sources, stale))
    return measured


def estimate(cpuinfo: str | None = None) -> Device:
    """A rough device from the text of /proc/cpuinfo (default: this machine's), the cores we may use, and the memory there is."""
    text = _read("/proc/cpuinfo") if cpuinfo is None else cpuinfo
    cores = available_cores()
    isa, f32_per_cycle, i8_per_cycle = _vector_unit(_flags(text))
    hertz = _hertz(text)
    dram = MemoryTier("dram", float(memory_bytes()), min(BANDWIDTH, cores * CORE_BANDWIDTH), {"1": CORE_BANDWIDTH})
    guess = "estimated, not measured; run `intarsia calibrate`"
    return Device(
        name="local", kind="cpu", cores=cores, isa=isa, memory=(dram,),
        flops={"f32": cores * hertz * f32_per_cycle, "i8": cores * hertz * i8_per_cycle},
        launch_s={"1": 2e-7} | {str(t): 3e-6 for t in thread_counts(cores) if t > 1},
        efficiency={"gemm": 0.5, "memory": 0.7, "attention": 0.25},
        idle_watts=2.0 * cores, watts=8.0 * cores,
        sources={
            "cores": "scheduling affinity and the control group's quota", "flops": f"{guess}: {isa} at {hertz / 1e9:.1f} GHz",
            "memory": f"size: the system and the control group; bandwidth: {guess}", "launch_s": guess, "efficiency": guess,
            "watts": "assumed: 8 W a core", "idle_watts": "assumed: 2 W a core",
        },
    )  # fmt: skip


def thread_counts(cores: int) -> list[int]:
    """The thread counts worth measuring and planning for: powers of two, and all cores."""
    return sorted({1 << i for i in range(cores.bit_length()) if 1 << i <= cores} | {cores})


def available_cores() -> int:
    """Cores that this process may use: its affinity, and the quota of its control group."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _read("/sys/fs/cgroup/cpu.max").split()
    if len(quota) == 2 and quota[0] != "max":
        cores = min(cores, max(1, int(quota[0]) // int(quota[1])))
    return cores


def memory_bytes() -> int:
    """Bytes of memory: the machine's, or the control group's limit."""
    found = re.search(r"MemTotal:\s+(\d+) kB", _read("/proc/meminfo"))
    total = int(found.group(1)) * 1024 if found else 8 << 30
    limit = _read("/sys/fs/cgroup/memory.max").strip()
    return min(total, int(limit)) if limit.isdigit() else total


def _vector_unit(flags: frozenset[str]) -> tuple[str, int, int]:
    """Name, f32 operations and i8 operations a core does in a cycle, assuming two 256-bit or 512-bit pipes' worth."""
    if {"avx512f", "avx512bw", "avx512vl", "avx512_vnni"} <= flags:
        return "avx512vnni", 32, 128
    if {"avx2", "fma"} <= flags:
        return "avx2", 32, 64
    return "portable", 8, 8


def _flags(text: str) -> frozenset[str]:
    found = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return frozenset(found.group(1).split()) if found else frozenset()


def _hertz(text: str) -> float:
    found = re.search(r"^cpu MHz\s*:\s*([\d.]+)", text, re.MULTILINE)
    return float(found.group(1)) * 1e6 if found else HERTZ


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
