"""Loading the compiled search quickly: numba's start is most of what a search for offsets takes."""

from __future__ import annotations

import sys

from intarsia.planner.memory.problem import Block


def load() -> None:
    """Imports numba and the compiled search, and runs it once; compiles it where no earlier process has."""
    if "intarsia.planner.memory.exact" in sys.modules:
        return
    from intarsia.jit import uncollected

    with uncollected():
        from intarsia.planner.memory.exact import Search

        Search([Block(0, 1, 1, 1, ("",))]).fit(1)
