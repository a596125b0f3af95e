"""Launch files for the engines people run: one file an engine, each from the pools of a plan (`facts.py`) to scripts and configurations by name."""

from __future__ import annotations

from collections.abc import Callable

from intarsia.codegen.engines import dynamo, rayserve, sglang, trtllm, vllm
from intarsia.codegen.engines.facts import Draft, Kind, Launch, Model, Pool
from intarsia.errors import InputError

__all__ = ["ENGINES", "Draft", "Kind", "Launch", "Model", "Pool", "check_name", "files"]
ENGINES: dict[str, Callable[[Launch], dict[str, str]]] = {"vllm": vllm.files, "sglang": sglang.files, "trtllm": trtllm.files, "rayserve": rayserve.files, "dynamo": dynamo.files}


def check_name(engine: str) -> None:
    """Raises InputError for an engine that isn't known."""
    if engine not in ENGINES:
        raise InputError(f"there are no launch files for {engine!r}", mend=f"choose one of {', '.join(ENGINES)}")


def files(engine: str, launch: Launch) -> dict[str, str]:
    """Texts by file name. Raises InputError for an engine that isn't known, UnsupportedError for what the engine can't be told."""
    check_name(engine)
    return ENGINES[engine](launch)
