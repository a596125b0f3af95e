"""Every environment variable that Intarsia reads, typed, in one place.

    INTARSIA_CACHE      folder for compiled objects, calibrations and packed weights   (default: ~/.cache/intarsia)
    INTARSIA_DATA       folder of real traces and published measurements, for tests, benches and `intarsia validate` (default: none)
    INTARSIA_DEBUG      0 quiet · 1 stage times, and tracebacks of unexpected errors · 2 sizes of each stage
                        · 3 the text of each stage · 4 that text with source locations (default: 0)
    INTARSIA_OBJECTS    folder of kernels that were compiled elsewhere, for verification where Triton can't compile (default: none)
    INTARSIA_TARGETS    GPU targets that kernels are compiled for beside the planned one, such as sm_80,gfx942 (default: all)
    INTARSIA_VALIDATE   1 checks every plan and memory map with the independent validator (default: 1)

The file is a leaf of the import graph, like `errors.py`: everybody may read it.

>>> knobs.get().cache
>>> with knobs.scope(debug=2): ...
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from intarsia.errors import InputError

DEBUG_LEVELS = 4


@dataclass(frozen=True)
class Knobs:
    """One setting of all knobs."""

    cache: Path
    data: Path | None = None
    debug: int = 0
    validate: bool = True
    targets: tuple[str, ...] = ()
    objects: Path | None = None


_scoped: ContextVar[Knobs | None] = ContextVar("intarsia_knobs", default=None)


def get() -> Knobs:
    """The knobs in force: those of the innermost `scope`, else of the environment. Raises InputError for a bad value."""
    return _scoped.get() or from_environment(os.environ)


@contextmanager
def scope(**changes: Any) -> Iterator[Knobs]:
    """Use `changes` inside the block, in this thread (or task) alone. Raises TypeError for an unknown knob."""
    knobs = replace(get(), **changes)
    token = _scoped.set(knobs)
    try:
        yield knobs
    finally:
        _scoped.reset(token)


def from_environment(environment: Mapping[str, str]) -> Knobs:
    """The knobs that an environment sets. Raises InputError naming the variable."""
    return Knobs(
        cache=_cache(environment),
        data=_path("INTARSIA_DATA", environment["INTARSIA_DATA"]) if environment.get("INTARSIA_DATA") else None,
        debug=_level("INTARSIA_DEBUG", environment.get("INTARSIA_DEBUG", "")),
        validate=_switch("INTARSIA_VALIDATE", environment.get("INTARSIA_VALIDATE", ""), default=True),
        targets=tuple(name for part in environment.get("INTARSIA_TARGETS", "").split(",") if (name := part.strip())),
        objects=_path("INTARSIA_OBJECTS", environment["INTARSIA_OBJECTS"]) if environment.get("INTARSIA_OBJECTS") else None,
    )


def _cache(environment: Mapping[str, str]) -> Path:
    if named := environment.get("INTARSIA_CACHE"):
        return _path("INTARSIA_CACHE", named)
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return _path("XDG_CACHE_HOME", base) / "intarsia"


def _path(name: str, text: str) -> Path:
    """With the home folder for ~; a user that doesn't exist is part of the name. Raises InputError for what no path can hold."""
    if "\0" in text:
        raise InputError(f"found {text!r}", where=name, mend="set it to a folder")
    return Path(os.path.expanduser(text))


def _level(name: str, text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or int(text) > DEBUG_LEVELS:
        raise InputError(f"found {text!r}", where=name, mend=f"set it to a whole number from 0 to {DEBUG_LEVELS}")
    return int(text)


def _switch(name: str, text: str, *, default: bool) -> bool:
    known = {"": default, "1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise InputError(f"found {text!r}", where=name, mend="set it to 1 or 0")
    return known[text.lower()]
