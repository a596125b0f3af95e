"""What all operators have."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Number = float | Array
ACTIVATION_BYTES = 2
"""Rows between operators are bf16."""
CACHE_TILE = 128
"""Rows and columns of the result that a core is taken to make at a time, wherever loads of the shared cache are counted."""


@dataclass(frozen=True)
class Op:
    """An operator. `kind` is what operators must share to be stacked."""

    @property
    def flops(self) -> Number:
        return 0.0

    @property
    def bytes(self) -> Number:
        return 0.0

    @property
    def weight_bytes(self) -> Number:
        return 0.0

    @property
    def cache_bytes(self) -> Number:
        return self.bytes

    @property
    def wire_bytes(self) -> Number:
        return 0.0

    @property
    def arithmetic(self) -> str:
        """The type that products are computed in, a key of `dtypes.WIDER`."""
        return "bf16"

    @property
    def kind(self) -> tuple[Any, ...]:
        return type(self), *(getattr(self, name) for name in words(type(self)))


def numbers(kind: Any) -> tuple[str, ...]:
    """Names of the numeric fields."""
    return _names(kind, True)


def words(kind: Any) -> tuple[str, ...]:
    """Names of the other fields."""
    return _names(kind, False)


@cache
def _names(kind: Any, numeric: bool) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if (f.type == "Number") == numeric)
