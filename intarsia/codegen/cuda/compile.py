"""CUDA C++ kernels to PTX and cubins."""

from __future__ import annotations

from intarsia.codegen.cuda import nvrtc
from intarsia.codegen.cuda.emit import CudaSpec
from intarsia.codegen.gpu import disassemble, legal
from intarsia.codegen.gpu.compiled import Compiled, cached
from intarsia.codegen.gpu.resources import Resources, check_fit
from intarsia.codegen.gpu.targets import TARGETS, Target, target
from intarsia.errors import UnsupportedError

SCRATCH_POINTERS = 2
"""Behind the arguments of a kernel with scratch memory: to that, and one more, as Triton's kernels have them, so that either may stand in for the other."""


def compile_kernel(spec: CudaSpec, target_name: str) -> Compiled:
    """The kernel for a target, from the folder of compiled kernels if it is there.

    Raises UnsupportedError for what the kernel or the target can't take, MissingDependency without NVRTC.
    """
    on = target(target_name)
    if not on.nvidia:
        nearest = ", ".join(t.name for t in TARGETS.values() if t.nvidia)
        raise UnsupportedError(f"{spec.label} is CUDA C++, and {on.name} isn't NVIDIA's", mend=f"nearest: Triton's kernels there; this one on {nearest}")
    legal.check(spec, on)
    source = spec.source()
    compiled = cached((source, on.name, nvrtc.version(), str(spec.dynamic_shared_bytes)), lambda: _compile(spec, source, on))
    check_fit(compiled.resources, f"{spec.label} on {on.name}", spec.mend)
    return compiled


def _compile(spec: CudaSpec, source: str, on: Target) -> Compiled:
    ptx, cubin = nvrtc.compile_text(source, f"{spec.kernel}.cu", on.name)
    usage = disassemble.usage(cubin, on)
    spilled = disassemble.spilled(cubin, usage)
    resources = Resources(on.name, spec.threads, usage.registers, usage.shared_bytes + spec.dynamic_shared_bytes, spilled)
    parameters = len(spec.arguments) + (SCRATCH_POINTERS if spec.scratch_bytes else 0)
    return Compiled(spec.label, on.name, spec.kernel, source, ptx, cubin, spec.dynamic_shared_bytes, resources, parameters, spec.scratch_bytes)
