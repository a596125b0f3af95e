"""What a compiled kernel takes of a core, and how many of its CTAs, or which kernels together, one core holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from intarsia.codegen.gpu.targets import target
from intarsia.errors import UnsupportedError


@dataclass(frozen=True)
class Resources:
    """Of one CTA: `threads`; `registers` of each (vector registers on AMD); `shared_bytes`, static and dynamic; `spill_bytes` of local memory a thread; `tensor_columns`."""

    target: str
    threads: int
    registers: int
    shared_bytes: int
    spill_bytes: int = 0
    tensor_columns: int = 0

    @property
    def ctas_per_core(self) -> int:
        """How many CTAs of this kernel one core holds at a time."""
        t = target(self.target)
        warps = t.registers // (self._warp_registers or 1) // t.warp_unit * t.warp_unit
        limits = [t.ctas, t.threads // self.threads, warps // ceil(self.threads / t.warp_size), t.shared // (self.shared_taken or 1)]
        return min([*limits, t.tensor_columns // self.tensor_columns] if self.tensor_columns else limits)

    @property
    def registers_taken(self) -> int:
        """Registers that one CTA takes from a core at most: its warps may come to lie unevenly on the core's parts."""
        t = target(self.target)
        return ceil(ceil(self.threads / t.warp_size) / t.warp_unit) * t.warp_unit * self._warp_registers

    @property
    def _warp_registers(self) -> int:
        t = target(self.target)
        return ceil(self.registers * t.warp_size / t.register_unit) * t.register_unit

    @property
    def shared_taken(self) -> int:
        """Bytes of shared memory that one CTA takes from a core."""
        t = target(self.target)
        return ceil((self.shared_bytes + t.shared_reserved) / t.shared_unit) * t.shared_unit

    def to_dict(self) -> dict[str, int | str]:
        """As the manifest says it."""
        return {
            "threads": self.threads, "registers": self.registers, "shared_bytes": self.shared_bytes, "spill_bytes": self.spill_bytes,
            "tensor_columns": self.tensor_columns, "ctas_per_core": self.ctas_per_core,
        }  # fmt: skip


def fit_together(kernels: Sequence[Resources]) -> bool:
    """Whether one CTA of each kernel fits on one core at the same time. All are compiled for one target."""
    t = target(kernels[0].target)
    return (
        len(kernels) <= t.ctas
        and sum(ceil(k.threads / t.warp_size) * t.warp_size for k in kernels) <= t.threads
        and sum(k.registers_taken for k in kernels) <= t.registers
        and sum(k.shared_taken for k in kernels) <= t.shared
        and sum(k.tensor_columns for k in kernels) <= t.tensor_columns
    )


def check_fit(resources: Resources, what: str, mend: str) -> None:
    """Raises UnsupportedError naming the limit that one CTA breaks. Triton compiles kernels that no core can hold."""
    t = target(resources.target)
    for name, found, limit in (
        ("bytes of shared memory", resources.shared_bytes, t.shared_cta),
        ("threads", resources.threads, t.threads_cta),
        ("registers", resources.registers_taken, t.registers),
        ("columns of tensor memory", resources.tensor_columns, t.tensor_columns),
    ):
        if found > limit:
            raise UnsupportedError(f"{what}: a CTA takes {found} {name}, and {t.name} has {limit}", mend=mend)
