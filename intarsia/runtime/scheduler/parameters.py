"""Parameters of policies: fields of frozen dataclasses, with ranges that are checked when a policy is made, and values that a plan search tries beside the default."""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass
from typing import Any

from intarsia.errors import InputError

Value = int | float
"""Of a parameter that is searched; a truth value is an int, too."""
STEP_TOKENS = (256, 512, 1024, 2048, 4096, 8192, 16384)
SEQUENCES = (8, 16, 32, 64, 128, 256, 512, 1024)
"""Limits of an iteration that are worth trying; 512 to 8192 tokens are what engines come with, or papers tune to (Sarathi-Serve, section 4.3: 256 to 2048)."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a policy: its type, its default (None: it must be given), the range that it must lie in, and the values that a search tries, the least first."""

    name: str
    type: str
    default: Any
    least: float
    most: float
    help: str
    tries: tuple[Value, ...] = ()


def parameter(default: Any = dataclasses.MISSING, *, least: float = -math.inf, most: float = math.inf, tries: tuple[Value, ...] = (), help: str = "") -> Any:
    """A dataclass field that is a policy's parameter, within [least, most]. `tries`: values that a plan search tries beside the default."""
    return dataclasses.field(default=default, metadata={"least": least, "most": most, "tries": tries, "help": help})


def parameters(policy: Any) -> tuple[Parameter, ...]:
    """What a policy, or one of its class, can be told."""
    return _of(policy if isinstance(policy, type) else type(policy))


@functools.cache
def _of(cls: Any) -> tuple[Parameter, ...]:
    """Read once: a simulation makes a policy for each of its schedulers."""
    return tuple(_parameter(f) for f in dataclasses.fields(cls) if f.init)


def _parameter(f: dataclasses.Field[Any]) -> Parameter:
    default = None if f.default is dataclasses.MISSING else f.default
    told = f.metadata
    tries = {*told.get("tries", ()), *(() if default is None or not told.get("tries") else (default,))}
    return Parameter(f.name, str(f.type), default, told.get("least", -math.inf), told.get("most", math.inf), told.get("help", ""), tuple(sorted(tries)))


KINDS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "str": (str,)}


def check(policy: Any) -> None:
    """Raises InputError for a parameter of the wrong type or out of range."""
    for each in parameters(policy):
        value, where = getattr(policy, each.name), f"policy {type(policy).__name__}"
        kinds = KINDS.get(each.type, (object,))
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds and object not in kinds):
            raise InputError(f"{each.name} must be {'a whole number' if each.type == 'int' else each.type}, found {value!r}", where=where)
        if isinstance(value, (int, float)) and not each.least <= value <= each.most:
            raise InputError(f"{each.name} must lie in [{each.least:g}, {each.most:g}], found {value!r}", where=where)


class Checked:
    """A frozen dataclass whose parameters are checked when it is made."""

    def __post_init__(self) -> None:
        check(self)
