"""What a Chrome trace says: the timeline of a run, and seconds by operator."""

from __future__ import annotations

from typing import Any

import pytest

from intarsia.compiler.report import trace_facts


def slice_of(tid: int, name: str, ts: float, dur: float, **args: Any) -> dict[str, Any]:
    return {"ph": "X", "pid": 1, "tid": tid, "name": name, "ts": ts, "dur": dur, "args": args}


TRACE = {
    "traceEvents": [
        *({"ph": "M", "pid": 1, "tid": tid, "name": "thread_name", "args": {"name": name}} for tid, name in ((1, "loop"), (2, "m thread 0"), (3, "m thread 1"))),
        slice_of(1, "m.encode", 0, 50, rows=9),
        slice_of(1, "ask.decode", 1000, 3000),
        slice_of(1, "m.decode", 1000, 1000, rows=1), slice_of(2, "llm.matmul", 1000, 400, kernel="matmul"), slice_of(3, "llm.matmul", 1000, 600, kernel="matmul"),
        slice_of(2, "llm.glu", 1700, 100, kernel="glu"),
        slice_of(1, "m.decode", 2000, 1200, rows=1), slice_of(2, "llm.matmul", 2000, 500, kernel="matmul"), slice_of(2, "llm.matmul", 2600, 300, kernel="matmul"),
    ]
}  # fmt: skip


def test_operators_of_the_middle_step_by_their_slowest_thread() -> None:
    found = trace_facts.operators(trace_facts.events(TRACE))
    assert found == {"m_decode": {"rows": 1, "operators": {"llm.matmul": pytest.approx(800e-6)}}}


def test_a_timeline_begins_with_its_run() -> None:
    run = {"total_s": 0.004, "tasks": [{"name": "ask.decode", "start_s": 0.0005}]}
    slices = trace_facts.timeline(trace_facts.events(TRACE), run)
    assert [(piece.name, round(piece.start, 6)) for piece in slices][:2] == [("m.decode", 0.0005), ("llm.matmul", 0.0005)]
    assert not [piece for piece in slices if piece.name in ("ask.decode", "m.encode")]


def test_an_empty_trace_is_an_empty_timeline() -> None:
    assert trace_facts.timeline([], {"total_s": 1.0, "tasks": []}) == []
    assert trace_facts.operators([]) == {}
