"""MiniMalloc's CSV files: a line `id,lower,upper,size[,offset]`, then a buffer a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from intarsia import whole_file
from intarsia.errors import InputError, Where
from intarsia.planner.memory.problem import MAX_SIZE, Buffer, check

COLUMNS = ("id", "lower", "upper", "size")
OPTIONAL = {"alignment": "1", "alias": "", "in_place": ""}
"""Columns of ours that a file may have, and what an absent one stands for."""


def read(path: Path) -> list[Buffer]:
    """The buffers of a file; columns may come in any order, and an `offset` is read over. Raises InputError with file and
    line for a missing column, a row that doesn't fit, a number that is none, an empty lifetime, a size of zero, below it or
    2^62 or more, sizes that come to so much together, an id given twice, a buffer in place of one that is not there, or no buffers at all."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _rows(path, csv.DictReader(file, restkey="", strict=True))
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror}", where=Where(str(path))) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"is no CSV file: {error}", where=Where(str(path))) from None


def write(path: Path, buffers: Sequence[Buffer], offsets: Mapping[str, int]) -> None:
    """The buffers with their offsets, in MiniMalloc's columns. Raises InputError where the file can't be written."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*COLUMNS, "offset"])
    rows.writerows([b.name, b.lower, b.upper, b.size, offsets[b.name]] for b in buffers)
    whole_file.save(path, text.getvalue(), "the offsets")


def _rows(path: Path, reader: csv.DictReader[str]) -> list[Buffer]:
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"has no column {missing[0]!r}", where=Where(str(path), 1), mend="the first line must be id,lower,upper,size")
    lines: dict[str, int] = {}
    buffers = []
    for row in reader:
        where = Where(str(path), reader.line_num)
        buffer = _buffer(row, where)
        if buffer.name in lines:
            raise InputError(f"the id {buffer.name!r} is also on line {lines[buffer.name]}", where=where, mend="give each buffer its own")
        lines[buffer.name] = reader.line_num
        buffers.append(buffer)
    if not buffers:
        raise InputError("holds no buffers", where=Where(str(path)), mend="give a row for each buffer after the first line")
    try:
        check(buffers)
    except InputError as error:
        name = error.where.node if isinstance(error.where, Where) else ""
        raise InputError(error.what, where=Where(str(path), lines.get(name), name), mend=error.mend) from None
    return buffers


def _buffer(row: Mapping[str, str | None], where: Where) -> Buffer:
    if "" in row or any(row[column] is None for column in COLUMNS):
        raise InputError("has not as many fields as the first line", where=where)
    lower, upper, size = (_number(row, column, where) for column in COLUMNS[1:])
    alignment = _number({**OPTIONAL, **row}, "alignment", where)
    if lower >= upper:
        raise InputError(f"the lifetime [{lower}, {upper}) is empty", where=where, mend="make upper greater than lower")
    if not 0 < size < MAX_SIZE:
        raise InputError(f"the size is {size}", where=where, mend="give a size from 1 to 2^62 - 1")
    if alignment < 1:
        raise InputError(f"the alignment is {alignment}", where=where, mend="give at least 1")
    return Buffer(row["id"] or "", lower, upper, size, row.get("alias") or "", row.get("in_place") or "", alignment)


def _number(row: Mapping[str, str | None], column: str, where: Where) -> int:
    text = (row[column] or "").strip()
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit() or len(text) > 30:
        raise InputError(f"{column} is {text[:40]!r}", where=where, mend="give a whole number")
    number = int(text)
    if abs(number) >= 2 * MAX_SIZE:
        raise InputError(f"{column} is {number}", where=where, mend="give a number below 2^63")
    return number
