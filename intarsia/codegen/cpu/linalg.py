"""An exported function (linalg on tensors) to native code: fuse, buffers, matrix products to @gemm, loops that LLVM vectorises.

`lower` is the whole path; each step of it says why it is there. The entry takes pointers to memref descriptors: the function's
arguments, then its results, whose sizes the caller knows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from intarsia.codegen.cpu import isa
from intarsia.codegen.cpu import linalg_rewrites as rewrites
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.linalg_gemm import gemm_text
from intarsia.codegen.cpu.linalg_math import math_text
from intarsia.errors import UnsupportedError, Where
from intarsia.ir import bindings
from intarsia.ir.bindings import PassManager, ir

ENTRY = "_mlir__mlir_ciface_{}"
"""The symbol of a function's entry: void (void **arguments), each pointing to a pointer to a memref descriptor."""

FUSE = "linalg-generalize-named-ops,linalg-fuse-elementwise-ops,canonicalize,cse"
BUFFERS = (
    "eliminate-empty-tensors",
    "one-shot-bufferize{bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map buffer-alignment=64}",
    # Without modify-public-functions the results would shift among the arguments silently.
    "buffer-results-to-out-params{modify-public-functions=true hoist-static-allocs=true hoist-dynamic-allocs=true}",
    "canonicalize,cse",
    "buffer-deallocation-pipeline,convert-bufferization-to-memref",
    "canonicalize,cse,func.func(optimize-allocation-liveness)",  # memory is used again while it is still in the cache
)
LOOPS = ("convert-linalg-to-loops", "canonicalize,cse")
NARROW_FLOATS = (
    "math-extend-to-supported-types{extra-types=f32 target-type=f32}",
    "arith-emulate-unsupported-floats{source-types=bf16,f16 target-type=f32}",
    "canonicalize",
    "arith-expand{include-bf16=true}",
)
SCALARS = ("math-expand-ops{ops=fpowi,rsqrt,ctlz}",)
LLVM = (
    "symbol-dce",
    "expand-strided-metadata",
    "lower-affine,convert-scf-to-cf",
    "convert-vector-to-llvm{enable-x86=true}",
    "finalize-memref-to-llvm{use-aligned-alloc=true}",  # LLVM knows that such buffers don't overlap
    "convert-math-to-llvm,convert-math-to-libm,convert-to-llvm,reconcile-unrealized-casts",
    "canonicalize",
)

PASSES = (FUSE, *BUFFERS, *LOOPS, *NARROW_FLOATS, *SCALARS, *LLVM)


def lower(text: str, name: str, target: Isa | None = None) -> Any:
    """The function @`name` of a module's text as an MLIR module in the LLVM dialect. Raises UnsupportedError."""
    module = ir.Module.parse(text)
    function = _function(module, name)
    _run(module, "canonicalize,cse", name)  # sizes that are known
    rewrites.drop_asserts(function)
    rewrites.drop_broadcast_guards(function)
    rewrites.gathers_to_operands(function)
    rewrites.hide_matmuls(module, function)
    _run(module, FUSE, name)
    rewrites.show_matmuls(module, function)
    rewrites.copy_shared_results(function)
    for passes in BUFFERS:
        _run(module, passes, name)
    module = ir.Module.parse("\n".join((*_inside(module), gemm_text(target or isa.detect()), math_text())))
    function = _function(module, name)
    rewrites.copies_to_linalg(function)
    rewrites.matmuls_to_gemm(function)
    _run(module, "linalg-generalize-named-ops", name)  # products of other types
    rewrites.order_loops(_function(module, name))
    for passes in (*LOOPS, *NARROW_FLOATS, *SCALARS):
        _run(module, passes, name)
    function = _function(module, name)
    rewrites.fast_sums(function)
    rewrites.math_to_calls(function)
    rewrites.arguments_apart(function)
    function.attributes["llvm.emit_c_interface"] = ir.UnitAttr.get()
    for passes in LLVM:
        _run(module, passes, name)
    return module


def compile_object(text: str, name: str, path: Path) -> None:
    """Compile the function @`name` for this processor into a relocatable object. Raises IntarsiaError."""
    with bindings.LOCK, bindings.context(), ir.Location.unknown():
        module = lower(text, name)
        try:
            code = bindings.object_code(module, f"_mlir_ciface_{name}")
        except RuntimeError as error:
            raise _mistake(str(error), name) from None
    path.write_bytes(code)


def _inside(module: Any) -> list[str]:
    return [str(op) for op in module.body.operations]


def _function(module: Any, name: str) -> Any:
    for op in module.body.operations:
        if op.operation.name == "func.func" and op.operation.attributes["sym_name"].value == name:
            return op.operation
    raise UnsupportedError(f"the module has no function @{name}", where=Where(node=name))


def _run(module: Any, passes: str, name: str) -> None:
    try:
        PassManager.parse(f"builtin.module({passes})").run(module.operation)
    except ir.MLIRError as error:
        found = error.error_diagnostics
        raise _mistake(f"{passes.partition('{')[0]}: {found[0].message if found else error}", name) from None


def _mistake(what: str, name: str) -> UnsupportedError:
    return UnsupportedError(f"code generation for an exported function failed: {what}", where=Where(node=name), mend="please report it with the output of --dump-stages")
