"""What loops work on: numbers, arrays and tuples, as annotations name them."""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Held:
    """An array's type and number of axes."""

    dtype: Any
    axes: int

    def __str__(self) -> str:
        return f"an array of {self.dtype} with {self.axes} axes"


@dataclass(frozen=True)
class Struct:
    """A tuple of so many kinds; `made` is the class of a named one."""

    made: Any
    kinds: tuple[Kind, ...]

    @staticmethod
    def of(made: Any) -> Struct:
        return Struct(made, tuple(map(_kind, typing.get_type_hints(made, include_extras=True).values())))


Kind = Held | Struct | type
"""`type`: int, float or bool."""


def _kind(annotation: Any) -> Kind:
    if annotation in (int, float, bool):
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, tuple):
        return Struct.of(annotation)
    if typing.get_origin(annotation) is tuple:
        return Struct(None, tuple(map(_kind, typing.get_args(annotation))))
    array, axes = typing.get_args(annotation)
    return Held(np.dtype(typing.get_args(typing.get_args(array)[1])[0]), axes)


@functools.cache
def kinds_of(function: Callable[..., Any]) -> tuple[dict[str, Kind], Kind | None]:
    """What a function's annotations say of its arguments and of what it gives."""
    hints = typing.get_type_hints(function, include_extras=True)
    result = hints.pop("return")
    return {name: _kind(hint) for name, hint in hints.items()}, None if result is type(None) else _kind(result)


@dataclass(frozen=True)
class Signature:
    """What an entry takes, named tuples taken apart: names, and kinds that are no tuples."""

    names: tuple[str, ...]
    kinds: tuple[Held | type, ...]

    @staticmethod
    def of(function: Callable[..., None]) -> Signature:
        names: list[str] = []
        kinds: list[Any] = []
        for name, kind in kinds_of(function)[0].items():
            names += [f"{name}.{field}" for field in kind.made._fields] if isinstance(kind, Struct) else [name]
            kinds += kind.kinds if isinstance(kind, Struct) else [kind]
        return Signature(tuple(names), tuple(kinds))
