"""Loads a bundle and runs it. Needs neither the compiler nor MLIR nor torch; every name is loaded when it is first used.

>>> from intarsia import runtime
>>> with runtime.load("build/") as engine:
...     print(engine.generate("What is a compiler?", chat=True, max_tokens=64).text)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intarsia.runtime.agent import AgentResult, TaskTiming
    from intarsia.runtime.engine import Engine, load
    from intarsia.runtime.requests import Generation, Handle, Options, Piece, Timings
    from intarsia.runtime.tools import calculator

_HOMES = {
    "AgentResult": "agent", "Engine": "engine", "Generation": "requests", "Handle": "requests", "Options": "requests", "Piece": "requests",
    "TaskTiming": "agent", "Timings": "requests", "calculator": "tools", "load": "engine",
}  # fmt: skip

__all__ = ["AgentResult", "Engine", "Generation", "Handle", "Options", "Piece", "TaskTiming", "Timings", "calculator", "load"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
