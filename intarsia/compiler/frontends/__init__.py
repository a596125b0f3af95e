"""Whatever the user brings -> a module of stage `agent` (`source.py`). Loaded when it is used: planning alone reads files, and needs no MLIR."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intarsia.compiler.frontends.facts import ModelFacts
    from intarsia.compiler.frontends.source import load, symbol_of

_HOMES = {"ModelFacts": "facts", "load": "source", "symbol_of": "source"}

__all__ = ["ModelFacts", "load", "symbol_of"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
