"""Which task's result goes into which: values followed through joins, transforms, branches, loops and maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from intarsia.ir.module import Module, attribute
from intarsia.planner.facts import is_task


def feeds(module: Module) -> list[tuple[str, str]]:
    """Pairs of task names (source, target), each once, in the order of the text; a loop's turn feeds the next."""
    found: dict[tuple[str, str], None] = {}
    for op in module.ops():
        if is_task(op):
            for value in op.operands:
                for source in _sources(value, frozenset()):
                    found[source, attribute(op, "name")] = None
    return list(found)


def _sources(value: Any, seen: frozenset[int]) -> Iterator[str]:
    """Names of the tasks that a value comes from."""
    mark = hash(value)
    if mark in seen:
        return
    seen = seen | {mark}
    owner = value.owner
    if hasattr(owner, "operation") or hasattr(owner, "attributes"):
        yield from _made(owner.operation if hasattr(owner, "operation") else owner, value, seen)
        return
    inside = owner.owner  # a block's argument: what goes into the structure, and what a turn hands on
    inside = inside.operation if hasattr(inside, "operation") else inside
    index = value.arg_number if hasattr(value, "arg_number") else 0
    if index < len(inside.operands):
        yield from _sources(inside.operands[index], seen)
    if inside.name == "agent.loop":
        yield from _yielded(inside.regions[0], index + 1, seen)


def _made(op: Any, value: Any, seen: frozenset[int]) -> Iterator[str]:
    if is_task(op):
        yield attribute(op, "name")
        return
    if not op.regions:
        for operand in op.operands:
            yield from _sources(operand, seen)
        return
    number = next((i for i, result in enumerate(op.results) if result == value), 0)
    if op.name == "agent.branch":
        for case in op.regions[0].blocks[0].operations:
            if case.operation.name == "agent.case":
                yield from _yielded(case.operation.regions[0], number, seen)
    else:
        yield from _yielded(op.regions[0], number + (op.name == "agent.loop"), seen)


def _yielded(region: Any, number: int, seen: frozenset[int]) -> Iterator[str]:
    last = list(region.blocks[0].operations)[-1].operation
    if number < len(last.operands):
        yield from _sources(last.operands[number], seen)
