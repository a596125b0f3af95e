"""A Triton kernel's file, loaded for the interpreter and launched on NumPy arrays.

Works in a process that compiles kernels too: Triton's language is switched to the interpreter for the length of a launch, and back.
Launches are not thread-safe.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ml_dtypes
import numpy as np
import triton
import triton.language as tl
from numpy.typing import NDArray
from triton.runtime import interpreter as upstream
from triton.runtime.jit import JITFunction

from intarsia.errors import InputError
from intarsia.interpreter.arithmetic import mended
from intarsia.interpreter.memory import MemoryFault, guarded

POINTERS = {
    np.dtype(np.float32): tl.float32, np.dtype(np.float16): tl.float16, np.dtype(ml_dtypes.bfloat16): tl.bfloat16, np.dtype(np.float64): tl.float64,
    np.dtype(ml_dtypes.float8_e4m3fn): tl.float8e4nv, np.dtype(ml_dtypes.float8_e5m2): tl.float8e5,
    np.dtype(np.int8): tl.int8, np.dtype(np.uint8): tl.uint8, np.dtype(np.int32): tl.int32, np.dtype(np.int64): tl.int64,
}  # fmt: skip


class Kernel:
    """An interpreted kernel. `launch` runs it on a grid of programs."""

    def __init__(self, function: Any) -> None:
        self._function, self._names = function, list(function.arg_names)

    def launch(self, grid: int, arguments: Mapping[str, Any], *, seed: int | None = None, guard: bool = True) -> None:
        """Run `grid` programs, in an order that `seed` shuffles. Arrays are updated in place.

        `arguments` holds arrays, whole numbers and floats, and the values of compile-time parameters. Raises MemoryFault (with `guard`) for an access outside
        the arrays or a race, InputError for missing arguments.
        """
        missing = [name for name in self._names if name not in arguments]
        if missing:
            raise InputError(f"kernel {self._function.__name__} lacks arguments {', '.join(missing)}")
        arrays = [(name, value) for name, value in arguments.items() if isinstance(value, np.ndarray)]
        for name, array in arrays:
            if not array.flags.c_contiguous:
                raise InputError(f"argument {name} must be contiguous")
        order = np.arange(grid) if seed is None else np.random.default_rng(seed).permutation(grid)
        with ExitStack() as stack:
            stack.enter_context(mended())
            stack.enter_context(_language())
            stack.enter_context(np.errstate(all="ignore"))
            if guard:
                stack.enter_context(guarded(arrays))
            self._run(order, {name: self._argument(name, arguments[name]) for name in self._names})

    def _run(self, order: NDArray[Any], arguments: dict[str, Any]) -> None:
        function = self._function.rewrite()
        upstream.interpreter_builder.set_grid_dim(len(order), 1, 1)
        for program in order:
            upstream.interpreter_builder.set_grid_idx(int(program), 0, 0)
            try:
                function(**arguments)
            except upstream.InterpreterError as error:
                raise _cause(error) from None

    def _argument(self, name: str, value: Any) -> Any:
        if name in _compile_time(self._function):
            return value
        if isinstance(value, np.ndarray):
            kind = tl.pointer_type(POINTERS[value.dtype])
            return tl.tensor(upstream.TensorHandle(np.array([value.ctypes.data], np.uint64), kind), kind)
        if isinstance(value, float):
            return tl.tensor(upstream.TensorHandle(np.array([value], np.float32), tl.float32), tl.float32)
        return tl.tensor(upstream.TensorHandle(np.array([value], np.int32), tl.int32), tl.int32)


def load(path: Path, function: str) -> Kernel:
    """The kernel `function` of a file. Raises InputError where the file has none."""
    with triton.knobs.runtime.scope():
        triton.knobs.runtime.interpret = True
        module = import_file(path)
    found = getattr(module, function, None)
    if not isinstance(found, upstream.InterpretedFunction):
        raise InputError(f"no kernel {function}", where=str(path))
    return Kernel(found)


def import_file(path: Path) -> Any:
    """A Python file as a module of its own. Triton wants its kernels' text in files."""
    spec = importlib.util.spec_from_file_location(f"intarsia_kernel_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError("not a Python file", where=str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cause(error: BaseException) -> BaseException:
    """The fault behind Triton's wrapping of it."""
    inner: BaseException | None = error
    while inner is not None and not isinstance(inner, MemoryFault):
        inner = inner.__cause__ or inner.__context__
    return inner or error


def _compile_time(function: Any) -> set[str]:
    return {name for name, kind in function.fn.__annotations__.items() if "constexpr" in str(kind)}


class _Device:
    """A function of Triton's library, called by an interpreted kernel. Triton's own class for that leaves the language patched."""

    def __init__(self, function: Any) -> None:
        self._function = upstream.InterpretedFunction(function)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function.rewrite()(*arguments, **named)


_devices: dict[int, _Device] = {}


@contextmanager
def _language() -> Iterator[None]:
    """Inside the block, `triton.language` is interpreted: its builtins, and its library, which was compiled code when it was imported."""
    changes = _changes()
    try:
        for place, name, _, new in changes:
            setattr(place, name, new)
        yield
    finally:
        for place, name, original, _ in changes:
            if original is upstream._MISSING:
                delattr(place, name)
            else:
                setattr(place, name, original)


@cache
def _changes() -> list[tuple[Any, str, Any, Any]]:
    """What the interpreter changes of `triton.language`: place, name, what stands there and what shall. Looked for once: that takes longer than many a launch."""
    scope = upstream._patch_lang(SimpleNamespace(__globals__={"tl": tl, "core": tl.core}))
    found: dict[tuple[int, str], tuple[Any, str, Any, Any]] = {}
    try:
        for module in (tl, tl.standard):
            for name, member in list(vars(module).items()):
                if isinstance(member, JITFunction):
                    scope.set_attr(module, name, _devices.setdefault(id(member), _Device(member.fn)))
        for place, name, original in scope._changes:
            found.setdefault((id(place), name), (place, name, original, getattr(place, name)))
        return list(found.values())
    finally:
        scope.restore()
