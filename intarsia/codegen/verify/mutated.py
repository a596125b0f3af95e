"""Whether the emulator bites: a kernel's PTX with one small error at a time, and whether that shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from intarsia.codegen.gpu.compiled import Compiled
from intarsia.codegen.verify.cases.case import Case
from intarsia.codegen.verify.ptx import KernelFault, emulate
from intarsia.codegen.verify.ptx.mutants import mutants

LIMIT = 100_000
"""Instructions that a mutant may take: some never end."""


@dataclass(frozen=True)
class Trials:
    """Of one kind of error: how many mutants were tried, and the PTX lines of those that nobody noticed."""

    tried: int
    survived: tuple[int, ...]

    @property
    def found(self) -> bool:
        return self.tried > len(self.survived)


def trials(case: Case, made: Compiled, ctas: int, most: int = 0) -> dict[str, Trials]:
    """Every kind of error that the kernel has a place for, `most` mutants of each (0: all)."""
    passed: dict[str, list[tuple[int, bool]]] = {}
    for mutant in mutants(made.ptx, most=most):
        passed.setdefault(mutant.kind, []).append((mutant.line, passes(case, made, mutant.text, ctas)))
    return {kind: Trials(len(lines), tuple(line for line, survived in lines if survived)) for kind, lines in passed.items()}


def passes(case: Case, made: Compiled, ptx: str, ctas: int) -> bool:
    """Whether a text does what is expected of the kernel: no report, and the right numbers."""
    arguments = case.fresh()
    try:
        emulate(ptx, made.function, ctas, made.resources.threads, list(arguments.values()), shared_bytes=made.dynamic_shared_bytes, limit=LIMIT)
    except KernelFault:
        return False
    return case.error(arguments) <= case.tolerance


def words(found: Mapping[str, Trials]) -> str:
    """In a line."""
    missed = [kind for kind, one in found.items() if not one.found]
    return f"{len(found) - len(missed)} of {len(found)} kinds of error show" + (f"; nothing depends on: {', '.join(missed)}" if missed else "")
