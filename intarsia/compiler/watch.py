"""Watching a compilation: the ladder of INTARSIA_DEBUG, and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from intarsia import knobs
from intarsia.compiler import units

if TYPE_CHECKING:
    from intarsia.compiler.pipeline import Observer
    from intarsia.ir.module import Module


def observer(update: Callable[[str], None] = lambda _: None) -> Observer:
    """What to call after each stage: tells `update` the stage, and prints what INTARSIA_DEBUG asks for to stderr."""
    level = knobs.get().debug

    def observe(stage: str, module: Module, seconds: float) -> None:
        update(f"{stage} done")
        for text in describe(stage, module, seconds, level):
            print(text, file=sys.stderr)

    return observe


def describe(stage: str, module: Module, seconds: float, level: int) -> list[str]:
    """1: seconds; 2: number of operations and size; 3: the text; 4: the text with source locations."""
    if level < 1:
        return []
    line = f"{stage:<6} {units.seconds(seconds):>8}"
    if level >= 2:
        line += f"  {sum(1 for _ in module.ops())} operations, {units.size(len(str(module)))} of text"
    if level < 3:
        return [line]
    return [line, module.module.operation.get_asm(enable_debug_info=True) if level >= 4 else str(module)]
