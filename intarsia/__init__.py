"""Intarsia: a hardware-aware compiler and planner for AI agents and models.

>>> import intarsia
>>> compiled = intarsia.compile("model.gguf", directory="build")
>>> engine = intarsia.load("build")

Every name is loaded when it is first used, so `import intarsia.runtime` pays for nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from intarsia import errors, knobs, runtime
    from intarsia.compiler.stages import Compiled, Imported, Lowered, Planned, compile, load_source, plan
    from intarsia.errors import (
        BundleError,
        Cancelled,
        InfeasibleError,
        InputError,
        IntarsiaError,
        IRError,
        MissingDependency,
        RuntimeFailure,
        UnsupportedError,
    )
    from intarsia.runtime import load

__all__ = [
    "BundleError",
    "Cancelled",
    "Compiled",
    "IRError",
    "Imported",
    "InfeasibleError",
    "InputError",
    "IntarsiaError",
    "Lowered",
    "MissingDependency",
    "Planned",
    "RuntimeFailure",
    "UnsupportedError",
    "__version__",
    "compile",
    "errors",
    "knobs",
    "load",
    "load_source",
    "plan",
    "runtime",
]

_MODULES = ("errors", "knobs", "runtime")
_STAGES = ("Compiled", "Imported", "Lowered", "Planned", "compile", "load_source", "plan")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'intarsia' has no attribute {name!r}")
    value = _resolve(name)
    globals()[name] = value
    return value


def _resolve(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"intarsia.{name}")
    home = "compiler.stages" if name in _STAGES else "runtime" if name == "load" else "errors"
    return getattr(importlib.import_module(f"intarsia.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
