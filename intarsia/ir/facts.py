"""Dictionaries to frozen dataclasses: the fields of `cls` say which names are known, needed, and of what kind."""

from __future__ import annotations

import math
from dataclasses import MISSING, fields
from typing import Any

KINDS: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "dict[str, Any]": dict,
    "dict[str, str]": dict,
    "dict[str, float]": dict,
    "tuple[MemoryTier, ...]": (list, tuple),
    "tuple[Port, ...]": (list, tuple),
}


def check_fields(cls: type, values: dict[str, Any], what: str) -> None:
    """Raises ValueError with the sentence that says which field of `what` is unknown, missing or of the wrong kind."""
    known = {f.name: f for f in fields(cls)}
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(f"{what} has an unknown field {unknown[0]!r}")
    missing = [n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING and n not in values]
    if missing:
        raise ValueError(f"{what} needs {', '.join(missing)}")
    for name, value in values.items():
        kind = str(known[name].type)
        if not _is(kind, value):
            raise ValueError(f"{what}.{name} should be {kind}, found {value!r}")


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool) and kind != "bool":
        return False
    if isinstance(value, float) and math.isnan(value):
        return False
    inner = {"dict[str, float]": "float", "dict[str, str]": "str"}.get(kind)
    if not isinstance(value, KINDS[kind]):
        return False
    return inner is None or not isinstance(value, dict) or all(_is(inner, item) for item in value.values())
