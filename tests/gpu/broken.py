"""Kernels with a small error put in: whether the emulator or the numbers show it."""

from __future__ import annotations

from typing import Any

import numpy as np

from intarsia.codegen.cuda import nvrtc
from intarsia.codegen.verify.cases.case import Case
from intarsia.codegen.verify.ptx import KernelFault, emulate

INSTRUCTIONS = 60_000
"""A thread that takes more hangs."""


def shows(spec: Any, case: Case, what: str, instead: str, target: str = "sm_80", ctas: int = 1) -> bool:
    """Whether a kernel whose source says something else instead of `what` faults, in memory or in order, or has wrong numbers."""
    source = spec.source()
    assert what in source, "the error is in no line of the kernel"
    text, _ = nvrtc.compile_text(source.replace(what, instead), "broken.cu", target)
    arguments = case.fresh()
    scratch = [np.zeros(spec.scratch_bytes, np.uint8)] if spec.scratch_bytes else []
    try:
        emulate(text, spec.kernel, ctas, spec.threads, [*arguments.values(), *scratch], shared_bytes=spec.dynamic_shared_bytes, limit=INSTRUCTIONS)
    except KernelFault:
        return True
    return not case.error(arguments) <= case.tolerance
