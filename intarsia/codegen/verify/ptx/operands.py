"""Operands of instructions, from their text."""

from __future__ import annotations

import re
import struct
from dataclasses import replace

from intarsia.codegen.verify.ptx.program import Address, Immediate, Operand, Pair, Register, Sink, Symbol, Vector
from intarsia.errors import UnsupportedError, Where

_INTEGER = re.compile(r"([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)U?")
_FLOAT_BITS = re.compile(r"0([fFdD])([0-9a-fA-F]{8,16})")
_DECIMAL = re.compile(r"[+-]?\d+\.\d*(?:[eE][+-]?\d+)?")
_TENSOR = re.compile(r"\[([^,]+),\s*(\{[^}]*\})\s*\]")
_ADDRESS = re.compile(r"\[\s*([^\s+\]-]+)\s*(?:\+?\s*([+-]?\s*\w+))?\s*\]")


def parse_operands(text: str, where: Where) -> tuple[Operand, ...]:
    """The operands between an opcode and its semicolon."""
    text = text.strip()
    return tuple(_operand(part.strip(), where) for part in _split(text)) if text else ()


def _split(text: str) -> list[str]:
    """At the commas outside of all braces and brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "{[") - (letter in "}]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _operand(text: str, where: Where) -> Operand:
    if text.startswith("{") and text.endswith("}"):
        return Vector(tuple(_operand(part.strip(), where) for part in text[1:-1].split(",")))
    if text.startswith("["):
        return _address(text, where)
    if "|" in text:
        first, second = (part.strip() for part in text.split("|"))
        return Pair(_register(first, where), _register(second, where))
    return _simple(text, where)


def _simple(text: str, where: Where) -> Register | Immediate | Symbol | Sink:
    if text == "_":
        return Sink()
    if text.startswith(("%", "!")) or "@" in text:
        return _register(text, where)
    if (number := immediate(text)) is not None:
        return number
    if re.fullmatch(r"[$A-Za-z_][$\w]*", text):
        return Symbol(text)
    raise _unread("operand", text, where)


def _register(text: str, where: Where) -> Register:
    match = re.fullmatch(r"(!?)\s*([%$\w][%$\w.@]*)", text)
    if match is None:
        raise _unread("register", text, where)
    return Register(match.group(2), bool(match.group(1)))


def immediate(text: str) -> Immediate | None:
    """A constant, or None for anything else."""
    if match := _FLOAT_BITS.fullmatch(text):
        return Immediate(int(match.group(2), 16), 32 if match.group(1) in "fF" else 64)
    if match := _INTEGER.fullmatch(text):
        value = int(match.group(2), 8 if re.fullmatch(r"0[0-7]+", match.group(2)) else 0)
        return Immediate(-value if match.group(1) == "-" else value)
    if _DECIMAL.fullmatch(text):
        return Immediate(struct.unpack("<Q", struct.pack("<d", float(text)))[0], 64)
    return None


def _address(text: str, where: Where) -> Address:
    if tensor := _TENSOR.fullmatch(text):
        coordinates = _operand(tensor.group(2), where)
        return replace(_address(f"[{tensor.group(1)}]", where), coordinates=coordinates.items if isinstance(coordinates, Vector) else ())
    match = _ADDRESS.fullmatch(text)
    base = _simple(match.group(1), where) if match else None
    offset = immediate((match.group(2) or "0").replace(" ", "")) if match else None
    if not isinstance(base, Register | Symbol | Immediate) or offset is None:
        raise _unread("address", text, where)
    return Address(base, offset.value)


def _unread(what: str, text: str, where: Where) -> UnsupportedError:
    return UnsupportedError(f"the {what} {text!r} is of no form that is known", where=where, mend="the PTX emulator must learn it first: docs/ptx-emulator.md says how")
