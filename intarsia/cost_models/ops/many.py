"""Many operators at once: checking, stacking, choosing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from intarsia.cost_models import collectives, dtypes
from intarsia.cost_models.ops.base import Array, Number, Op, numbers, words
from intarsia.cost_models.ops.moves import Collective
from intarsia.errors import InputError
from intarsia.ir.device import Device

MAY_BE_ZERO = ("context", "window", "skew", "moved", "size", "per_node", "chosen")
AMOUNTS = ("m", "tokens", "batch", "rows")
"""How much a step asks for: a mean over many steps may be less than one, which takes as long as one."""
AnyOp = TypeVar("AnyOp", bound=Op)


def check(op: Op) -> None:
    """Raises InputError where a number of an operator is missing, negative or not finite, or its dtype or collective unknown."""
    for name in words(type(op)):
        if name.endswith("dtype"):
            dtypes.facts(getattr(op, name))
    if isinstance(op, Collective) and op.op not in collectives.OPS:
        raise InputError(f"unknown collective {op.op!r}", mend=f"choose one of {', '.join(collectives.OPS)}")
    for name in numbers(type(op)):
        values = np.asarray(getattr(op, name), np.float64)
        least = 0 if name in MAY_BE_ZERO else 1
        if not np.isfinite(values).all() or (values < least).any():
            raise InputError(f"{name} of {type(op).__name__} must be {least} or more, found {values.min()}")


def at_least_one(op: AnyOp) -> AnyOp:
    """The operator with amounts below one brought to one."""
    return replace(op, **{name: np.maximum(getattr(op, name), 1.0) for name in numbers(type(op)) if name in AMOUNTS})


def stack(ops: Sequence[AnyOp]) -> AnyOp:
    """Operators of one kind as one with arrays."""
    return replace(ops[0], **{name: np.array([getattr(op, name) for op in ops], np.float64) for name in numbers(type(ops[0]))})


def by_kind(ops: Sequence[Op]) -> dict[tuple[Any, ...], list[int]]:
    """Places of the operators that can be stacked together."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for place, op in enumerate(ops):
        found.setdefault(op.kind, []).append(place)
    return found


def shape(op: Op) -> tuple[int, ...]:
    """The shape that the numeric fields broadcast to; () for a single operator."""
    return np.broadcast_shapes(*(np.shape(getattr(op, name)) for name in numbers(type(op))))


def take(op: AnyOp, rows: Array) -> AnyOp:
    """Of an operator with arrays, those that an index or a mask names."""
    whole = shape(op)
    return replace(op, **{name: np.broadcast_to(getattr(op, name), whole)[rows] for name in numbers(type(op))})


def bytes_per_level(op: Op, device: Device) -> dict[str, Number]:
    """Bytes through each of a device's memories: `bytes` through main memory, `cache_bytes` out of the tiers before it, none beyond it."""
    names = [tier.name for tier in device.memory]
    main = names.index(device.main_memory.name)
    near = np.maximum(op.cache_bytes, op.bytes)
    return {name: near if place < main else op.bytes if place == main else 0.0 * op.bytes for place, name in enumerate(names)}
