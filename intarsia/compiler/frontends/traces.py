"""Traces of requests, recognised by their columns:

| format | columns or keys | times |
|---|---|---|
| Azure LLM and LMM inference (CSV) | TIMESTAMP, ContextTokens, GeneratedTokens; the multimodal one has NumImages | date and time |
| BurstGPT (CSV) | Timestamp, Model, Request tokens, Response tokens, Total tokens, Log Type | seconds |
| APEX (CSV) | arrival_s, input_tokens, output_tokens | seconds |
| Mooncake (JSONL) | timestamp, input_length, output_length, hash_ids | milliseconds |

Each may have more: `session` (its requests are sent one after the other), `class`, `priority` (a whole number), `deadline_s` (seconds after the arrival for the last token),
`tool` with `tool_s`, which runs before the session's next request, `model` (which one the request is for), and `images` or `NumImages`. Empty cells say nothing.

Images are counted, and the prompt's tokens have theirs among them, as in Azure's multimodal trace (AzureLMMInferenceDataset2025.md of AzurePublicDataset: ContextTokens are those
of text and image; ModServe, SoCC 2025). How many tokens an image is, the model says.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends.located import shorten
from intarsia.errors import InputError, Where
from intarsia.ir.workload import LONGEST_S, Request, Workload

MOONCAKE_BLOCK = 512
"""Tokens of one prefix block in Mooncake's traces (its README)."""
MOST_TOKENS = 1 << 40
TEXTS = {"session": "session", "class": "kind", "tool": "tool", "model": "model"}
SECONDS = ("deadline_s", "tool_s")
IMAGES = ("images", "NumImages")
"""What any format may say more: the fields of `Request` that texts go to, times, and the names of the number of images."""


@dataclass(frozen=True)
class _Csv:
    """A CSV format: which columns hold what; `skip` tells rows that are no served request."""

    name: str
    arrival: str
    prompt: str
    output: str
    seconds: Callable[[str], float]
    also: tuple[str, ...] = ()
    session: str = ""
    skip_empty_output: bool = False

    @property
    def needed(self) -> tuple[str, ...]:
        return (self.arrival, self.prompt, self.output, *self.also)


def _number(text: Any) -> float:
    value = float(text)
    if isinstance(text, bool) or not math.isfinite(value):
        raise ValueError(text)
    return value


def _date(text: str) -> float:
    """Seconds since 1970 of "2023-11-16 18:17:03.9799600", with or without a zone."""
    found = datetime.fromisoformat(text.strip())
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


FORMATS = (
    _Csv("Azure", "TIMESTAMP", "ContextTokens", "GeneratedTokens", _date),
    _Csv("BurstGPT", "Timestamp", "Request tokens", "Response tokens", _number, ("Model", "Log Type"), "Session ID", skip_empty_output=True),
    _Csv("APEX", "arrival_s", "input_tokens", "output_tokens", _number),
)


def read(path: str | Path, limit: int | None = None) -> Workload:
    """The requests of a trace (its first `limit`), times from the first arrival on. Raises InputError with file and line.

    BurstGPT logs failed requests with no response tokens: they are left out and counted in `dropped`.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = _jsonl(lines, str(path)) if path.suffix in (".jsonl", ".json") else _csv(lines, str(path))
            return _workload(rows, path, limit)
    except OSError as error:
        raise InputError(f"cannot read the trace: {error.strerror or error}", where=Where(str(path))) from None
    except UnicodeDecodeError:
        raise InputError("the trace is not UTF-8 text", where=Where(str(path))) from None


def _workload(rows: Iterator[tuple[int, Request | None, float]], path: Path, limit: int | None) -> Workload:
    """Checks the order, and moves the first arrival to zero. A row is (line, request or None to drop, time)."""
    requests: list[Request] = []
    first, latest, dropped = None, -math.inf, 0
    for line, request, time_s in rows:
        if time_s < latest:
            raise InputError(f"the time {time_s:g} s is before that of the row above, {latest:g} s", where=Where(str(path), line), mend="sort the trace by time")
        latest, first = time_s, time_s if first is None else first
        if time_s - first > LONGEST_S:
            raise InputError(f"the time is {time_s - first:g} s after the first, more than {LONGEST_S:g} s", where=Where(str(path), line), mend="mend the time, or its unit")
        if request is None:
            dropped += 1
            continue
        requests.append(replace(request, arrival_s=time_s - first))
        if limit is not None and len(requests) >= limit:
            break
    if not requests:
        raise InputError("the trace holds no request", where=Where(str(path)))
    return Workload(tuple(requests), path.stem, MOONCAKE_BLOCK if any(request.prefix_hashes for request in requests) else 0, dropped)


def _csv(lines: Any, file: str) -> Iterator[tuple[int, Request | None, float]]:
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        form = _format(header, file)
        for row in reader:
            if row:
                yield reader.line_num, *_row(form, header, row, Where(file, reader.line_num))
    except csv.Error as error:
        raise InputError(f"is no CSV: {error}", where=Where(file, reader.line_num)) from None


def _format(header: list[str], file: str) -> _Csv:
    if twice := [name for place, name in enumerate(header) if name and name in header[:place]]:
        raise InputError(f"has the column {twice[0]} twice", where=Where(file, 1), mend="leave one of them out")
    for form in FORMATS:
        if set(form.needed) <= set(header):
            return form
    nearest = max(FORMATS, key=lambda form: len(set(form.needed) & set(header)))
    missing = [name for name in nearest.needed if name not in header]
    if len(missing) == len(nearest.needed):
        known = "; ".join(f"{form.name}: {', '.join(form.needed)}" for form in FORMATS)
        if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
            raise InputError(f"has one column, found {shorten(header[0])}", where=Where(file, 1), mend="separate columns by commas")
        raise InputError(f"has no trace's columns, found {shorten(', '.join(header))}", where=Where(file, 1), mend=f"known are {known}")
    what = f"looks like a trace of {nearest.name}'s format, but lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}"
    raise InputError(what, where=Where(file, 1), mend=f"add {'them' if len(missing) > 1 else 'it'}; the columns found are {shorten(', '.join(header))}")


def _row(form: _Csv, header: list[str], row: list[str], where: Where) -> tuple[Request | None, float]:
    if len(row) != len(header):
        raise InputError(f"has {len(row)} fields for {len(header)} columns", where=where)
    cells = dict(zip(header, row, strict=True))
    time_s = _time(form.seconds, cells[form.arrival], where, form.arrival)
    prompt, output = (_tokens(cells[name], where, name) for name in (form.prompt, form.output))
    if form.skip_empty_output and output == 0:
        return None, time_s
    more = _more(cells, where)
    return Request(0.0, prompt, output, **{"session": cells.get(form.session, ""), **more}), time_s


def _jsonl(lines: Any, file: str) -> Iterator[tuple[int, Request | None, float]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, *_object(line, Where(file, number))


def _object(line: str, where: Where) -> tuple[Request, float]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no JSON: {str(error).splitlines()[0]}", where=where) from None
    if not isinstance(row, dict):
        raise InputError(f"should be an object, found {shorten(row)}", where=where)
    missing = [name for name in ("timestamp", "input_length", "output_length") if name not in row]
    if missing:
        raise InputError(f"lacks {', '.join(missing)}", where=where, mend="Mooncake's keys are timestamp, input_length, output_length, hash_ids")
    hashes = row.get("hash_ids", [])
    if not isinstance(hashes, list) or not all(isinstance(item, int) and not isinstance(item, bool) for item in hashes):
        raise InputError("`hash_ids` should be a list of whole numbers", where=where)
    time_s = _time(_number, row["timestamp"], where, "timestamp") / 1000
    prompt, output = (_tokens(row[name], where, name) for name in ("input_length", "output_length"))
    return Request(0.0, prompt, output, tuple(hashes), **_more(row, where)), time_s


def _more(cells: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """What any format may say of a request beside its time and lengths."""
    found: dict[str, Any] = {field: str(cells[name]) for name, field in TEXTS.items() if cells.get(name) not in (None, "")}
    for name in SECONDS:
        if cells.get(name) not in (None, ""):
            found[name] = _time(_number, cells[name], where, name)
    if cells.get("priority") not in (None, ""):
        found["priority"] = _whole(cells["priority"], where, "priority")
    found |= _images(cells, where)
    if found.get("deadline_s") == 0:
        raise InputError("`deadline_s` must be greater than zero", where=where, mend="give seconds after the arrival, or leave the cell empty")
    if found.get("tool_s", 0.0) > LONGEST_S:
        raise InputError(f"`tool_s` is more than {LONGEST_S:g} s: {shorten(cells['tool_s'])}", where=where, mend="mend the time, or its unit")
    return found


def _images(cells: Mapping[str, Any], where: Where) -> dict[str, int]:
    names = [name for name in IMAGES if cells.get(name) not in (None, "")]
    if len(names) > 1:
        raise InputError(f"gives both {' and '.join(names)}", where=where, mend="they mean the same: leave one of them out")
    return {"images": _tokens(cells[names[0]], where, names[0])} if names else {}


def _time(seconds: Callable[[Any], float], cell: Any, where: Where, column: str) -> float:
    try:
        found = seconds(cell)
    except (ValueError, TypeError, OverflowError):
        raise InputError(f"`{column}` should be a time, found {shorten(cell)}", where=where) from None
    if found < 0:
        raise InputError(f"`{column}` is negative: {shorten(cell)}", where=where, mend="times start at zero or later")
    return found


def _tokens(cell: Any, where: Where, column: str) -> int:
    found = _whole(cell, where, column)
    if found < 0:
        raise InputError(f"`{column}` should be a whole number, zero or more, found {shorten(cell)}", where=where)
    return found


def _whole(cell: Any, where: Where, column: str) -> int:
    try:
        found = _number(cell)
    except (ValueError, TypeError, OverflowError):
        raise InputError(f"`{column}` should be a whole number, found {shorten(cell)}", where=where) from None
    if found != int(found):
        raise InputError(f"`{column}` should be a whole number, found {shorten(cell)}", where=where)
    if abs(found) > MOST_TOKENS:
        raise InputError(f"`{column}` should be a whole number of at most 2^40, found {shorten(cell)}", where=where)
    return int(found)
