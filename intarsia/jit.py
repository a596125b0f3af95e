"""numba, loaded without what no compiled function of ours needs. Take `njit` from here.

When it loads code for the first time, numba asks for SciPy's BLAS, which takes longer than all else: our functions multiply no matrices, and SciPy is no dependency.
It also looks for the package `coverage`. Both are out of sight while it loads, unless somebody has loaded them before.
Import this only where compiled code is called: numba takes a third of a second.
The first call after an installation compiles, which the pipeline search waits up to half a minute for: a person at a terminal is told so, once.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NEEDLESS = ("scipy", "coverage")
COMPILING = "compiling inner loops for this machine: up to half a minute, once after an installation"


@contextmanager
def _without(*packages: str) -> Iterator[None]:
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collection of garbage: importing makes many objects and little garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _load() -> Any:
    """numba, with all that it loads late."""
    import numba
    from numba.core import event
    from numba.core.registry import cpu_target

    class Told(event.Listener):  # type: ignore[misc]
        """Says that compiling has begun, the first time that it does."""

        def on_start(self, _: Any) -> None:
            event.unregister("numba:compile", self)
            if sys.stderr.isatty():
                print(COMPILING, file=sys.stderr, flush=True)

        def on_end(self, _: Any) -> None:
            pass

    event.register("numba:compile", Told())

    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    return numba


with _without(*NEEDLESS), uncollected():
    numba: Any = _load()
njit = numba.njit


def compiled(function: Any) -> Any:
    """A function compiled by numba and kept on disk: compiled once for a machine. It runs beside other threads."""
    return njit(cache=True, nogil=True)(function)
