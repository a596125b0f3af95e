"""The report: one self-contained HTML page for a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def render(directory: str | Path, measured: dict[str, Any] | None = None) -> Path:
    """Write `report.html` into a bundle, with `measured` (see `compiler/measure.py`) or what an earlier run left there; gives its path.

    Raises BundleError for a directory that is no bundle.
    """
    from intarsia.compiler.report import assemble

    return assemble.write(Path(directory), measured)
