"""Bands around predictions: the median relative errors that the serving model was found to make on published measurements.

`error_bands.json` holds them by figure and engine, as `intarsia validate serving` found them; it is written anew by

    intarsia validate serving --json > rows.json && python -m intarsia.planner.search.bands rows.json

Half of all predictions lie within a band, then. Engines and figures that nobody measured enough have the band of all.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

FIGURES = ("ttft", "tpot", "throughput")
ALL, LEAST_ROWS = "all", 100
FILE = "error_bands.json"


@cache
def _known() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads(resources.files(__package__).joinpath(FILE).read_text())["bands"]
    return found


def band(figure: str, engine: str, mode: str = "aggregated") -> float:
    """The relative error of a figure (of FIGURES) as an engine serves it; of disaggregated plans, that of such plans, whatever their engine."""
    known = _known()[figure]
    return next(known[name] for name in (mode if mode != "aggregated" else engine, ALL) if name in known)


def of_rows(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The medians of the validation's rows, as shares, by figure and by engine or mode. Raises ValueError where it has none for a figure."""
    bands: dict[str, dict[str, float]] = {figure: {} for figure in FIGURES}
    for row in rows:
        if match := re.fullmatch(r"(TTFT|TPOT|throughput), (all|vllm|trtllm|sglang|disaggregated), median of (\d+)", row["metric"]):
            figure, name, count = match.groups()
            if int(count) >= LEAST_ROWS:
                bands[figure.lower()][name] = round(row["value"] / 100, 4)
    if lacking := [figure for figure, found in bands.items() if ALL not in found]:
        raise ValueError(f"the rows say nothing of {', '.join(lacking)}")
    return bands


if __name__ == "__main__":
    facts = {"source": "medians of `intarsia validate serving` over published measurements (docs/serving-costs.md)", "bands": of_rows(json.loads(Path(sys.argv[1]).read_text()))}
    Path(__file__).with_name(FILE).write_text(json.dumps(facts, indent=1) + "\n")
