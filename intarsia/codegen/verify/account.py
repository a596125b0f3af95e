"""The roofline account of a kernel: FLOPs and bytes counted from the PTX that was emitted, beside its spec's formulas and what no kernel can do without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.codegen.gpu.compiled import Compiled
from intarsia.codegen.verify.cases.case import Case, Value
from intarsia.codegen.verify.ptx import Counters, emulate
from intarsia.ir import formula

ALLOWED = 0.05
"""How far counts and formulas may be apart."""


@dataclass(frozen=True)
class Account:
    """`bytes` loaded and stored and `flops` of matrix products as counted (those of tensor cores; in kernels that use none, fused products of the vector
    units), and by the formulas. `distinct_bytes`: different bytes loaded, and different bytes stored: what
    is left when nothing is read again. `vector_flops` and `special` (exponentials, roots, quotients) are those of no tensor core."""

    bytes: int
    formula_bytes: float
    distinct_bytes: int
    flops: int
    formula_flops: float
    vector_flops: int
    special: int

    @property
    def bytes_off(self) -> float:
        """Counted over formula, minus one."""
        return self.bytes / self.formula_bytes - 1

    @property
    def flops_off(self) -> float:
        return self.flops / self.formula_flops - 1 if self.formula_flops else float(self.flops > 0)


def account(case: Case, made: Compiled, ctas: int = 0) -> Account:
    """Emulates a case with so many CTAs (0: as many as its spec says). Raises what `emulate` raises."""
    grid = ctas or case.spec.grid(case.counts)
    return summary(case, run(case, made, grid)[1], grid)


def run(case: Case, made: Compiled, ctas: int) -> tuple[dict[str, Value], Counters]:
    """The arguments of an emulated launch, as it left them, and its counters."""
    arguments = case.fresh()
    scratch = [np.zeros(ctas * made.scratch_bytes, np.uint8)] if made.scratch_bytes else []
    counters = emulate(made.ptx, made.function, ctas, made.resources.threads, [*arguments.values(), *scratch], shared_bytes=made.dynamic_shared_bytes)
    return arguments, counters


def summary(case: Case, counters: Counters, ctas: int) -> Account:
    """Counters of a launch beside the formulas of its spec."""
    moved, formula_flops = counters.traffic, formula.evaluate(case.spec.flops, **case.counts, ctas=ctas)
    return Account(
        bytes=moved.load_bytes + moved.store_bytes,
        formula_bytes=formula.evaluate(case.spec.bytes, **case.counts, ctas=ctas),
        distinct_bytes=moved.distinct_load_bytes + moved.distinct_store_bytes,
        flops=counters.tensor_flops if case.spec.tensor_cores or not formula_flops else counters.fused_flops,
        formula_flops=formula_flops,
        vector_flops=counters.vector_flops,
        special=counters.special,
    )
