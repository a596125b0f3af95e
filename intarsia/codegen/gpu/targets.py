"""GPUs that kernels are compiled for, and what one of their cores (SM, CU) holds.

Limits of NVIDIA's: CUDA C++ programming guide, "Technical specifications per compute capability"; units in which registers and shared memory are given out:
CUDA occupancy calculator. AMD's: CDNA 3 instruction set architecture guide, section 3, and LLVM's AMDGPU target (VGPRs in eights, eight waves a SIMD).
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.errors import InputError, UnsupportedError

KB = 1024


@dataclass(frozen=True)
class Target:
    """One architecture. All limits are of one core; `..._cta` of one CTA.

    `registers` are 32-bit and of all threads; a warp gets them in units of `register_unit`, and warps in units of `warp_unit`. Each CTA costs `shared_reserved` bytes of
    shared memory on top of its own. `tensor_columns`: columns of tensor memory (sm_100). `stored` are types that kernels may load and store, `multiplied`
    those that tensor cores multiply. `bulk_copies`: an engine copies boxes of tensors (compute capability 9.0 and above). `warpgroups`: four
    warps multiply together (wgmma), and give each other registers (9.0a alone).
    """

    name: str
    backend: str
    arch: int | str
    warp_size: int
    registers: int
    register_unit: int
    warp_unit: int
    threads: int
    threads_cta: int
    ctas: int
    shared: int
    shared_cta: int
    shared_reserved: int
    shared_unit: int
    stored: tuple[str, ...]
    multiplied: tuple[str, ...]
    tensor_columns: int = 0
    bulk_copies: bool = False
    warpgroups: bool = False

    @property
    def nvidia(self) -> bool:
        return self.backend == "cuda"


_HALVES = ("f32", "f16", "bf16", "i8", "u8", "i32", "i64")
_HOPPER = ("f16", "bf16", "f8e4m3", "f8e5m2", "i8")


def _nvidia(name: str, arch: int, shared_kb: int, stored: tuple[str, ...], multiplied: tuple[str, ...], tensor_columns: int = 0) -> Target:
    return Target(
        name, "cuda", arch, warp_size=32, registers=64 * KB, register_unit=256, warp_unit=4, threads=2048, threads_cta=1024, ctas=32,
        shared=shared_kb * KB, shared_cta=(shared_kb - 1) * KB, shared_reserved=KB, shared_unit=128, stored=stored, multiplied=multiplied,
        tensor_columns=tensor_columns, bulk_copies=arch >= 90, warpgroups=arch == 90,
    )  # fmt: skip


TARGETS = {
    t.name: t
    for t in (
        _nvidia("sm_80", 80, 164, (*_HALVES, "f8e5m2"), ("f16", "bf16", "i8")),
        _nvidia("sm_90a", 90, 228, (*_HALVES, "f8e4m3", "f8e5m2"), _HOPPER),
        _nvidia("sm_100a", 100, 228, (*_HALVES, "f8e4m3", "f8e5m2"), _HOPPER, tensor_columns=512),
        Target(
            "gfx942", "hip", "gfx942", warp_size=64, registers=4 * 512 * 64, register_unit=8 * 64, warp_unit=4, threads=4 * 8 * 64, threads_cta=1024, ctas=16,
            shared=64 * KB, shared_cta=64 * KB, shared_reserved=0, shared_unit=512, stored=_HALVES, multiplied=("f16", "bf16", "i8"),
        ),
    )
}  # fmt: skip
"""gfx942 multiplies 8-bit floats of another format (e4m3fnuz), so that OCP's would be converted first: slower, hence not offered."""


def target(name: str) -> Target:
    """Raises InputError for an unknown name."""
    try:
        return TARGETS[name]
    except KeyError:
        raise InputError(f"unknown GPU target {name!r}", mend=f"choose one of {', '.join(TARGETS)}") from None


def must_store(t: Target, dtype: str, what: str) -> None:
    """Raises UnsupportedError where a kernel on `t` can't load or store `dtype`."""
    if dtype not in t.stored:
        raise UnsupportedError(f"{what}: {t.name} has no {dtype}", mend=_instead(t, dtype, t.stored, "stored"))


def must_multiply(t: Target, dtype: str, what: str) -> None:
    """Raises UnsupportedError where the tensor cores of `t` don't multiply `dtype`."""
    if dtype not in t.multiplied:
        raise UnsupportedError(f"{what}: the tensor cores of {t.name} don't multiply {dtype}", mend=_instead(t, dtype, t.multiplied, "multiplied"))


def _instead(t: Target, dtype: str, known: tuple[str, ...], how: str) -> str:
    nearest = "f8e5m2" if dtype == "f8e4m3" and "f8e5m2" in known else "bf16"
    others = [other.name for other in TARGETS.values() if dtype in getattr(other, how)]
    return f"nearest there: {nearest}" + (f"; {dtype} works on {', '.join(others)}" if others else "")
