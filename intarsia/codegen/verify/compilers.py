"""Which compiler makes a kernel, or which folder holds it."""

from __future__ import annotations

from intarsia import knobs
from intarsia.codegen.cuda import compile as cuda_compile
from intarsia.codegen.cuda.emit import CudaSpec
from intarsia.codegen.gpu.compiled import Compiled
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.gpu.targets import target
from intarsia.codegen.triton import compile as triton_compile
from intarsia.codegen.verify import store


def compile_kernel(spec: Spec, target_name: str) -> Compiled:
    """The kernel for a target, from the folder `knobs.objects` if one is named. Raises UnsupportedError, MissingDependency."""
    if folder := knobs.get().objects:
        return store.find(folder, spec, target_name)
    return cuda_compile.compile_kernel(spec, target_name) if isinstance(spec, CudaSpec) else triton_compile.compile_kernel(spec, target_name)


def lacks(spec: Spec, target_name: str) -> bool:
    """Whether the target has no numbers of a type that the kernel takes or multiplies, or no bulk copies or warpgroups for one that wants them: then it must refuse the kernel."""
    on = target(target_name)
    stored = {argument.dtype for argument in spec.arguments}
    wants = (getattr(spec, "bulk", False) and not on.bulk_copies) or (getattr(spec, "warpgroups", False) and not on.warpgroups)
    return wants or not stored <= set(on.stored) or (bool(spec.tensor_cores) and spec.dtype not in on.multiplied)
