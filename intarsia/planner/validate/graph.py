"""What the validator's parts share: names of tasks, and a walk over an agent's graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TASKS = ("llm.prefill", "llm.decode", "llm.encode", "llm.tool_call", "llm.retrieve_top_k")
TOLERANCE = 1.001
"""Estimates are rounded on their way through solver and text."""
UNKNOWN_ITEMS = 4.0
"""Items of a map that says nothing of them, as the IR has it."""


def inside(op: Any) -> Iterator[Any]:
    """The operations directly inside one."""
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                yield inner.operation
