"""Triton kernels to PTX and cubins, or AMD's assembly and objects: no GPU and no driver needed."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from intarsia import knobs, whole_file
from intarsia.codegen.gpu import disassemble, legal
from intarsia.codegen.gpu.compiled import Compiled, cached
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.resources import Resources, check_fit
from intarsia.codegen.gpu.spec import Argument, Spec
from intarsia.codegen.gpu.targets import Target, target
from intarsia.codegen.triton.emit import TritonSpec
from intarsia.errors import MissingDependency, UnsupportedError

ALIGNED = [["tt.divisibility", 16]]
"""What callers promise of every tensor: its address is a multiple of 16 bytes."""
SCRATCH_POINTERS = 2
ORDERS = ("group_m", "splits")
"""Tuned fields that change the order of work alone, not what a thread holds."""


def compile_kernel(spec: Spec, target_name: str) -> Compiled:
    """The kernel for a target, from the folder of compiled kernels if it is there.

    Raises UnsupportedError for a dtype or size that the kernel or the target can't take, and for a kernel that takes more of a core than it has;
    MissingDependency without Triton.
    """
    if not isinstance(spec, TritonSpec):
        raise UnsupportedError(f"{spec.label} is no Triton kernel")
    on = target(target_name)
    legal.check(spec, on)
    compiled = _made(spec, on)
    if spilled := compiled.resources.spill_bytes:
        what = f"{spec.label} on {on.name}: a thread has no registers for {spilled} bytes, and would keep them in local memory"
        raise UnsupportedError(what, mend=_without_spills(spec, on))
    return compiled if compiled.label == spec.label else replace(compiled, label=spec.label)


def _made(spec: TritonSpec, on: Target) -> Compiled:
    source = replace(spec, ctas=0).source()  # a bound on CTAs changes nothing but the file's head
    key = (source, repr(spec.arguments), on.name, version())
    compiled = cached(key, lambda: _compile(spec, source, on))
    check_fit(compiled.resources, f"{spec.label} on {on.name}", _mend(spec, compiled.resources, on))
    return compiled


def _without_spills(spec: TritonSpec, on: Target) -> str:
    """The nearest choice that spills nothing, found by trying a few."""
    for change in _gentler(spec):
        other = replace(spec, **change)
        try:
            legal.check(other, on)
            spilled = _made(other, on).resources.spill_bytes
        except UnsupportedError:
            continue
        if not spilled:
            return f"nearest: {', '.join(f'{name}={value}' for name, value in change.items())}"
    return spec.mend


def _gentler(spec: TritonSpec) -> Iterator[dict[str, Any]]:
    """Choices that need fewer registers of a thread: more of them, more warps, a smaller tile."""
    if spec.registers:
        yield {"registers": 0}
        return  # whatever else is wrong shows then
    yield {"warps": 2 * spec.warps}
    for name in spec.tuned:
        if name not in ORDERS and (value := getattr(spec, name)) > 1:
            yield {name: value // 2}
            yield {name: value // 2, "warps": 2 * spec.warps}


def _mend(spec: Spec, taken: Resources, on: Target) -> str:
    """Shared memory grows with the stages of a pipeline: as many as fit, if two do."""
    stages = spec.stages * on.shared_cta // max(1, taken.shared_bytes)
    return f"nearest: {stages} stages" if 2 <= stages < spec.stages else spec.mend


@cache
def version() -> str:
    """Triton's. Raises MissingDependency without it."""
    try:
        import triton
    except ImportError:
        raise MissingDependency("kernels for GPUs need Triton", mend="pip install 'intarsia[gpu]'") from None
    return str(triton.__version__)


def source_file(source: str, name: str) -> Path:
    """A file with a kernel's text: Triton reads its kernels from files, and people may want to."""
    import hashlib

    path = knobs.get().cache / "gpu" / "text" / f"{name}_{hashlib.sha256(source.encode()).hexdigest()[:16]}.py"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        whole_file.write(path, source)
    return path


def _compile(spec: TritonSpec, source: str, on: Target) -> Compiled:
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from intarsia.interpreter.launch import import_file

    module = import_file(source_file(source, spec.kernel))
    function = getattr(module, spec.kernel)
    ast = ASTSource(fn=function, signature=_signature(function.arg_names, spec), constexprs=dict(spec.constants), attrs=_alignment(function.arg_names, spec))
    options = module.OPTIONS | {"enable_fp_fusion": True}
    if not on.nvidia:
        del options["maxnreg"]
    with triton.knobs.cache.scope():
        triton.knobs.cache.dir = str(knobs.get().cache / "triton")
        try:  # where ptxas fails, Triton prints all of the PTX
            with contextlib.redirect_stdout(io.StringIO()):
                made = triton.compile(ast, target=GPUTarget(on.backend, on.arch, on.warp_size), options=options)
        except Exception as error:
            raise UnsupportedError(f"{spec.label} doesn't compile for {on.name}: {_first_line(error)}", mend=spec.mend) from error
    return _nvidia(spec, source, on, made) if on.nvidia else _amd(spec, source, on, made)


def _signature(names: list[str], spec: Spec) -> dict[str, str]:
    kinds = {a.name: _kind(a) for a in spec.arguments}
    return {name: "constexpr" if name in spec.constants else kinds[name] for name in names}


def _kind(argument: Argument) -> str:
    return ("*" if argument.tensor else "") + dtype(argument.dtype).triton


def _alignment(names: list[str], spec: Spec) -> dict[Any, Any]:
    return {(names.index(a.name),): ALIGNED for a in spec.arguments if a.tensor}


def _nvidia(spec: Spec, source: str, on: Target, made: Any) -> Compiled:
    cubin, ptx = made.asm["cubin"], made.asm["ptx"]
    usage = disassemble.usage(cubin, on)
    threads = int(found.group(1)) if (found := re.search(r"\.reqntid (\d+)", ptx)) else spec.warps * on.warp_size
    spilled = disassemble.spilled(cubin, usage)
    resources = Resources(on.name, threads, usage.registers, made.metadata.shared + usage.shared_bytes, spilled, getattr(made.metadata, "tmem_size", 0) or 0)
    scratch = getattr(made.metadata, "global_scratch_size", 0) or 0
    return Compiled(spec.label, on.name, made.metadata.name, source, ptx, cubin, made.metadata.shared, resources, _count(spec), scratch)


def _amd(spec: Spec, source: str, on: Target, made: Any) -> Compiled:
    text = made.asm["amdgcn"]
    registers, scratch = (int(found.group(1)) if (found := re.search(rf"\.{name}:\s+(\d+)", text)) else 0 for name in ("vgpr_count", "private_segment_fixed_size"))
    resources = Resources(on.name, spec.warps * on.warp_size, registers, made.metadata.shared, scratch)
    return Compiled(spec.label, on.name, made.metadata.name, source, text, made.asm["hsaco"], made.metadata.shared, resources, _count(spec))


def _count(spec: Spec) -> int:
    return len(spec.arguments) + SCRATCH_POINTERS


def _first_line(error: Exception) -> str:
    """The line that says what is wrong: the first that ptxas or MLIR ends at, else the last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    found = [line for word in ("fatal", "error") for line in lines if word in line.lower()]
    return (found or lines[-1:] or [type(error).__name__])[0]
