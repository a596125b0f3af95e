"""Reading WfCommons instances (schema 1.5, wfcommons.org): tasks with run times and files, as they were traced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from intarsia.errors import InputError, Where
from intarsia.planner.placement.dag.problem import Instance, instance

LEAST_S = 1e-3
"""The shortest run time: traces hold zeros, which are below the clock that took them."""


def read(path: Path, speeds: Sequence[float], bytes_per_s: float) -> Instance:
    """A workflow on processors of these speeds, relative to the one that was traced, joined by links of `bytes_per_s`. Raises InputError for a file that is none."""
    if not speeds or min(speeds) <= 0 or bytes_per_s <= 0:
        raise InputError(f"speeds and bandwidth must be positive, found {list(speeds)} and {bytes_per_s:g}")
    tasks, times, sizes = _parts(path)
    seconds = {t["id"]: [max(float(times.get(t["id"], 0.0)), LEAST_S) / speed for speed in speeds] for t in tasks}
    if len(seconds) != len(tasks):
        raise InputError("two tasks have one id", where=Where(str(path)))
    inputs = {t["id"]: set(t.get("inputFiles", ())) for t in tasks}
    edges: dict[tuple[str, str], float] = {}
    for task in tasks:
        for child in task.get("children", ()):
            shared = set(task.get("outputFiles", ())) & inputs.get(child, set())
            edges[task["id"], child] = float(sum(sizes.get(name, 0) for name in shared))
    try:
        return instance(seconds, edges, [f"p{i} ({speed:g}x)" for i, speed in enumerate(speeds)], seconds_per_byte=1 / bytes_per_s)
    except InputError as error:
        raise InputError(error.what, where=Where(str(path)), mend=error.mend) from None


def _parts(path: Path) -> tuple[list[dict[str, Any]], dict[str, float], dict[str, int]]:
    """The tasks, their run times in seconds, and the sizes of files in bytes."""
    try:
        flow = json.loads(path.read_text())["workflow"]
        specification = flow["specification"]
        times = {t["id"]: t["runtimeInSeconds"] for t in flow["execution"]["tasks"]}
        return specification["tasks"], times, {f["id"]: f["sizeInBytes"] for f in specification.get("files", ())}
    except OSError as error:
        raise InputError(f"cannot read the workflow: {error.strerror}", where=Where(str(path))) from None
    except ValueError as error:
        raise InputError(f"the workflow is no JSON: {error}", where=Where(str(path))) from None
    except (KeyError, TypeError) as error:
        raise InputError(f"the workflow lacks {error}", where=Where(str(path)), mend="give a WfCommons instance of schema 1.5") from None
