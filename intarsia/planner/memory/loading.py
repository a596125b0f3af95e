"""Loading the compiled search quickly: numba's start is most of what a search for offsets takes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from intarsia.planner.memory.problem import Block


def load() -> None:
    """Imports numba and the compiled search, and runs it once; compiles it where no earlier process has.

    numba asks for SciPy's BLAS when it first loads code, which takes longer than loading the code. No compiled function of
    ours multiplies matrices, and SciPy is no dependency, so it is out of sight for that time unless somebody has loaded it.
    """
    if "intarsia.planner.memory.exact" in sys.modules:
        return
    with _without_scipy(), _without_collection():
        from intarsia.planner.memory.exact import Search

        Search([Block(0, 1, 1, 1, ("",))]).fit(1)


@contextmanager
def _without_scipy() -> Iterator[None]:
    if "scipy" in sys.modules:
        yield
        return
    sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["scipy"]


@contextmanager
def _without_collection() -> Iterator[None]:
    """Importing makes many objects and little garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
