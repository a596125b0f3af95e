"""Which devices have measured tables, and whether the wheel with the tables is installed. Light: nothing else is loaded for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

EXTRA = "pip install 'intarsia[silicon]'"
GPUS = {
    "a100_sxm": "A100-80GB-SXM", "h100_sxm": "H100-SXM", "h200_sxm": "H200", "b200_sxm": "B200", "b300_sxm": "B300", "gb200": "GB200", "gb300": "GB300", "l40s": "L40S",
    "rtx_pro_6000_server": "RTX-PRO-6000", "b60": "Arc-Pro-B60",
}  # fmt: skip
"""Folders of the tables, and the catalogue's names of the same devices."""


@lru_cache(maxsize=1)
def root() -> Path | None:
    """The folder of the installed tables, if they are."""
    found = importlib.util.find_spec("aiconfigurator_core")
    places = (found.submodule_search_locations or []) if found else []
    return next((data for place in places if (data := Path(place) / "systems" / "data").is_dir()), None)


def estimated(devices: Sequence[str]) -> str:
    """A sentence on those of a fleet's devices whose costs no table says; empty where tables of all are at hand."""
    without = [name for name in devices if name not in GPUS.values()]
    absent = [name for name in devices if name in GPUS.values()] if root() is None else []
    found = [f"measured tables of {' and '.join(absent)} are not installed ({EXTRA})"] if absent else []
    found += [f"there are no measured tables of {' and '.join(without)}"] if without else []
    return f"Costs are estimates of fitted models and data sheets, as {', and '.join(found)}: bands, which were found with tables, may be too narrow." if found else ""
