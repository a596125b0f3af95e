"""Parameters of policies: fields of frozen dataclasses, with ranges that are checked when a policy is made."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from intarsia.errors import InputError


@dataclass(frozen=True)
class Parameter:
    """One parameter of a policy: its type, its default (None: it must be given), and the range that it must lie in."""

    name: str
    type: str
    default: Any
    least: float
    most: float
    help: str


def parameter(default: Any = dataclasses.MISSING, *, least: float = -math.inf, most: float = math.inf, help: str = "") -> Any:
    """A dataclass field that is a policy's parameter, within [least, most]."""
    return dataclasses.field(default=default, metadata={"least": least, "most": most, "help": help})


def parameters(policy: Any) -> list[Parameter]:
    """What a policy can be told."""
    return [_parameter(f) for f in dataclasses.fields(policy) if f.init]


def _parameter(f: dataclasses.Field[Any]) -> Parameter:
    default = None if f.default is dataclasses.MISSING else f.default
    return Parameter(f.name, str(f.type), default, f.metadata.get("least", -math.inf), f.metadata.get("most", math.inf), f.metadata.get("help", ""))


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
