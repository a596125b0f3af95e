"""What the processor's vector unit offers to the kernels, read from /proc/cpuinfo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# Each target with the cpuinfo flags it needs, best first. A kernel for one target runs on every
# machine that has these flags, so the flags also serve as the key of cached objects.
REQUIRED_FLAGS: dict[str, tuple[str, ...]] = {
    "avx512vnni": ("avx512f", "avx512bw", "avx512vl", "avx512_vnni", "f16c", "fma"),
    "avx2": ("avx2", "f16c", "fma"),
    "portable": (),
}
# f32 values in one vector register; "portable" asks for 8 and lets LLVM split them.
LANES: dict[str, int] = {"avx512vnni": 16, "avx2": 8, "portable": 8}
# LLVM features switched off in a kernel, so that it uses no more than its target on a better host.
WITHOUT: dict[str, tuple[str, ...]] = {"avx512vnni": (), "avx2": ("avx512f",), "portable": ()}


@dataclass(frozen=True)
class Isa:
    """One vector instruction set: its name, its f32 lanes and the cpuinfo flags it needs.

    `without` are LLVM target features that its kernels do without even where the host has them.
    """

    name: str
    lanes: int
    features: tuple[str, ...]
    without: tuple[str, ...] = ()


def named(name: str) -> Isa:
    """The instruction set of that name; ValueError names the known ones."""
    if name not in REQUIRED_FLAGS:
        raise ValueError(f"unknown instruction set {name!r}; known are {', '.join(REQUIRED_FLAGS)}")
    return Isa(name, LANES[name], REQUIRED_FLAGS[name], WITHOUT[name])


def detect(cpuinfo: str | None = None) -> Isa:
    """The best instruction set of this machine, or of the given text of a /proc/cpuinfo."""
    flags = _flags(_read_cpuinfo() if cpuinfo is None else cpuinfo)
    return next(named(name) for name, needed in REQUIRED_FLAGS.items() if flags.issuperset(needed))


def supported(cpuinfo: str | None = None) -> tuple[str, ...]:
    """Names of all instruction sets that run here, best first; "portable" is always among them."""
    flags = _flags(_read_cpuinfo() if cpuinfo is None else cpuinfo)
    return tuple(name for name, needed in REQUIRED_FLAGS.items() if flags.issuperset(needed))


def _read_cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.exists() else ""


def _flags(cpuinfo: str) -> frozenset[str]:
    lines = (line for line in cpuinfo.splitlines() if line.startswith("flags"))
    return frozenset(next(lines, ":").partition(":")[2].split())
