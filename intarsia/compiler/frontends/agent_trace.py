"""An agent inferred from recorded runs: a loop of language-model turns and tools, with the distributions that were seen.

The trace is a CSV with a row a step, as derived from AgentCgroup's runs: `backend`, `task`, `attempt`, `turn`, `kind` (llm or tool), `name` (of a tool), `duration_s`,
`input_tokens`, `cache_read_tokens`, `cache_write_tokens`, `output_tokens`. Other columns are ignored.

    turn ──▶ which tool? ──▶ the turn's tools, as one that takes as long as all of them, named after the slowest ──▶ next turn

Turns of a run are one loop; prompt, answer and the prompt's tokens that the turn before did not hold (`new_tokens`) are those of all turns.
"""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends.agent import word
from intarsia.compiler.frontends.located import shorten
from intarsia.errors import InputError, Where
from intarsia.ir import distributions

NEEDED = ("task", "attempt", "turn", "kind", "name", "duration_s", "input_tokens", "output_tokens")
TOOLS = 5
"""Tools with a case of their own; the rarer ones share one."""
POINTS = 41
"""Quantiles that are kept of a distribution."""
NONE = "none"


@dataclass
class Turn:
    """One turn: tokens of its prompt and answer, those read from a cache (-1: not said), and its tools with their seconds."""

    prompt: float = 0.0
    output: float = 0.0
    cached: float = -1.0
    tools: list[tuple[str, float]] = field(default_factory=list)


def infer(path: str | Path, model: str, *, backend: str | None = None, name: str = "from_trace", sla: dict[str, Any] | None = None) -> dict[str, Any]:
    """The agent as our own YAML has it; `model` is a reference as there. Raises InputError with file and line."""
    runs = list(read(path, backend).values())
    turns = [turn for run in runs for turn in run if turn.prompt > 0]
    if not turns:
        raise InputError("the trace holds no turn with a prompt", where=Where(str(path)), mend="look at the columns kind and input_tokens, and at the backend")
    lengths = [sum(turn.prompt > 0 for turn in run) for run in runs]
    body = {
        "turn": {
            "kind": "llm", "model": "llm", "prompt": "{log}", "prompt_tokens": _seen([turn.prompt for turn in turns]),
            "output_tokens": _seen([turn.output for turn in turns if turn.output > 0] or [1.0]), "new_tokens": _seen(_new(runs)),
        },
        "tools": {"kind": "branch", "on": "turn", "cases": _cases(turns)},
        "more": {"kind": "transform", "how": "test", "expression": "empty | not", "input": "tools"},
    }  # fmt: skip
    loop = {
        "kind": "loop", "carry": {"log": "request"}, "max_iterations": max(lengths), "iterations": _seen([float(n) for n in lengths if n]), "nodes": body, "while": "more",
        "next": {"log": "tools"},
    }  # fmt: skip
    first = [run[0].prompt for run in runs if run and run[0].prompt > 0] or [1.0]
    agent = {"agent": word(name), "models": {"llm": model}, "inputs": {"request": {"tokens": _seen(first)}}, "nodes": {"work": loop}, "results": {"answer": "work"}}
    return agent | ({"sla": sla} if sla else {})


def read(path: str | Path, backend: str | None = None) -> dict[tuple[str, str, str], list[Turn]]:
    """The turns of each run, in order. Raises InputError with file and line."""
    runs: dict[tuple[str, str, str], dict[int, Turn]] = defaultdict(lambda: defaultdict(Turn))
    for line, row in _rows(Path(path)):
        where = Where(str(path), line)
        if backend is not None and row.get("backend") != backend:
            continue
        turn = runs[row.get("backend", ""), row["task"], row["attempt"]][int(_number(row, "turn", where))]
        if row["kind"] == "tool":
            turn.tools.append((row["name"] or "tool", _number(row, "duration_s", where)))
        elif row["kind"] == "llm":
            read_tokens = _number(row, "cache_read_tokens", where, -1.0)
            extra = sum(max(_number(row, key, where, 0.0), 0.0) for key in ("cache_read_tokens", "cache_write_tokens"))
            turn.prompt, turn.output, turn.cached = _number(row, "input_tokens", where) + extra, _number(row, "output_tokens", where), read_tokens
        else:
            raise InputError(f"`kind` is {shorten(row['kind'])}", where=where, mend="it should be llm or tool")
    return {key: [turns[number] for number in sorted(turns)] for key, turns in runs.items()}


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in NEEDED if name not in (reader.fieldnames or [])]
            if missing:
                raise InputError(f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}", where=Where(str(path), 1))
            for row in reader:
                if None in row or None in row.values():
                    raise InputError(f"has {'more' if None in row else 'fewer'} fields than there are columns", where=Where(str(path), reader.line_num))
                yield reader.line_num, row
    except OSError as error:
        raise InputError(f"cannot read the trace: {error.strerror or error}", where=Where(str(path))) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"is no CSV: {error}", where=Where(str(path))) from None


def _number(row: dict[str, str], key: str, where: Where, default: float | None = None) -> float:
    text = row.get(key, "")
    if default is not None and not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e12:
        raise InputError(f"`{key}` should be a number, zero or more, found {shorten(text)}", where=where)
    return value


def _new(runs: list[list[Turn]]) -> list[float]:
    """Tokens of each prompt beyond the turn before: as the trace's cache says, else what the prompt has grown by, all of it where it shrank."""
    found = []
    for run in runs:
        before = 0.0
        for turn in run:
            if turn.prompt <= 0:
                continue
            kept = turn.cached if turn.cached >= 0 else before if turn.prompt >= before else 0.0
            found.append(max(turn.prompt - kept, 1.0))
            before = turn.prompt
    return found


def _seen(values: list[float]) -> dict[str, Any]:
    spec = distributions.empirical(values, min(POINTS, max(2, len(values))))
    return {"kind": "empirical", "values": [float(f"{value:.6g}") for value in spec["values"]]}


def _cases(turns: list[Turn]) -> dict[str, Any]:
    """A case for each of the usual tools, one for the others, one for none."""
    seconds: dict[str, list[float]] = defaultdict(list)
    counted = Counter(max(turn.tools, key=lambda tool: tool[1])[0] for turn in turns if turn.tools)
    usual = {name for name, _ in counted.most_common(TOOLS)}
    for turn in turns:
        slowest = max(turn.tools, key=lambda tool: tool[1])[0] if turn.tools else NONE
        label = slowest if slowest in usual or slowest == NONE else "other"
        seconds[label].append(sum(tool[1] for tool in turn.tools))
    cases = {label: _case(label, values, len(turns)) for label, values in sorted(seconds.items(), key=lambda item: -len(item[1])) if label != NONE}
    if seconds[NONE]:
        cases[NONE] = {"probability": len(seconds[NONE]) / len(turns), "result": "turn"}
    return cases


def _case(label: str, seconds: list[float], turns: int) -> dict[str, Any]:
    node = word(label).lower() + "_tool"
    tool = {"kind": "tool", "tool": word(label), "arguments": {"call": "turn"}, "latency": _seen(seconds), "call": "compute"}
    return {"probability": len(seconds) / turns, "nodes": {node: tool}, "result": node}
