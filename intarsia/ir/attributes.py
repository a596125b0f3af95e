"""Python values <-> MLIR attributes.

    str <-> StringAttr      bool <-> BoolAttr       int <-> IntegerAttr (i64)     float <-> FloatAttr (f64)
    list <-> ArrayAttr      dict <-> DictAttr       Symbol("x") <-> @x            None: the attribute is absent
"""

from __future__ import annotations

from typing import Any

from intarsia.errors import IRError
from intarsia.ir.bindings import ir
from intarsia.ir.symbol import Symbol as Symbol

I64 = range(-(1 << 63), 1 << 63)


def to_attribute(value: Any) -> Any:
    """The MLIR attribute for a plain Python value.

    Raises TypeError for a kind that has none, and IRError for a value that MLIR cannot hold.
    """
    match value:
        case Symbol():
            return ir.FlatSymbolRefAttr.get(_name(str(value)))
        case str():
            return ir.StringAttr.get(_text(value))
        case bool():
            return ir.BoolAttr.get(value)
        case int():
            return ir.IntegerAttr.get(ir.IntegerType.get_signless(64), _i64(value))
        case float():
            return ir.FloatAttr.get_f64(value)
        case list() | tuple():
            return ir.ArrayAttr.get([to_attribute(item) for item in value])
        case dict():
            return ir.DictAttr.get({_name(key): to_attribute(item) for key, item in value.items() if item is not None})
        case ir.Attribute():
            return value
    if hasattr(value, "item"):  # a NumPy scalar
        return to_attribute(value.item())
    raise TypeError(f"no MLIR attribute for {type(value).__name__}: {value!r}")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise IRError(f"the text {value!r} is not valid Unicode: {error.reason}") from None
    return value


def _name(value: str) -> str:
    """Symbols and keys: MLIR has no empty ones, and its keys end at a NUL."""
    if not value or "\0" in value:
        raise IRError(f"{value!r} cannot be a name; give it at least one character, none of them NUL")
    return _text(value)


def _i64(value: int) -> int:
    if value not in I64:
        raise IRError(f"the integer {value} does not fit 64 bits")
    return value


def from_attribute(attribute: Any) -> Any:
    """The plain Python value of an MLIR attribute. Raises TypeError for one that has none, such as a string that isn't UTF-8."""
    try:
        return _plain(attribute)
    except RuntimeError:
        raise TypeError(f"no plain value for the attribute {str(attribute)[:80]}") from None


def _plain(attribute: Any) -> Any:
    match attribute:
        case ir.FlatSymbolRefAttr():
            return Symbol(attribute.value)
        case ir.StringAttr():
            return attribute.value
        case ir.BoolAttr():
            return attribute.value
        case ir.IntegerAttr():
            return attribute.value
        case ir.FloatAttr():
            return attribute.value
        case ir.ArrayAttr():
            return [_plain(item) for item in attribute]
        case ir.DictAttr():
            return {item.name: _plain(item.attr) for item in attribute}
        case ir.TypeAttr():
            return attribute.value
    raise TypeError(f"no plain value for the attribute {attribute}")
