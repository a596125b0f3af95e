"""A row of an error table, and what a run of the validation is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

SEED = 20
DEVICES = ("H100-SXM", "H200", "A100-80GB-SXM")
Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and what comes next."""


@dataclass(frozen=True)
class Row:
    """One figure with the baseline's beside it; `ratio` is value / baseline_value, None where there is none."""

    metric: str
    value: float
    unit: str
    baseline: str
    baseline_value: float | None
    ratio: float | None
    target: float | None
    met: bool | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)



@dataclass(frozen=True)
class Run:
    """Which devices, what seed chooses the held-out groups; `folder` holds the operator tables (None: the installed ones), `data` Vidur's network tables."""

    devices: tuple[str, ...] = DEVICES
    seed: int = SEED
    folder: Path | None = None
    data: Path | None = None
    progress: Progress | None = None

    def tell(self, done: float, what: str) -> None:
        if self.progress is not None:
            self.progress(done, what)

    def within(self, start: float, end: float) -> Run:
        """The same run with its progress shown between two shares of the whole."""
        if self.progress is None:
            return self
        whole = self.progress
        return replace(self, progress=lambda done, what: whole(start + (end - start) * done, what))
