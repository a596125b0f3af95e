"""Lanes: orders, signals, shares and failures."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import RuntimeFailure
from intarsia.runtime import lanes
from intarsia.runtime.lanes import Task, carry_out


def nothing() -> None:
    return None


@st.composite
def pipelines(draw: st.DrawFn) -> list[Task]:
    """Tasks that wait for earlier ones, on a few lanes."""
    count = draw(st.integers(1, 14))
    return [
        Task(f"t{i}", draw(st.sampled_from(["a", "b", "c"])), draw(st.integers(0, 3)), tuple(f"t{j}" for j in draw(st.sets(st.integers(0, i - 1), max_size=3))) if i else (),
             nothing) for i in range(count)
    ]  # fmt: skip


@given(pipelines())
@settings(max_examples=60, deadline=None)
def test_signals_and_lane_orders_are_kept(tasks: list[Task]) -> None:
    spans = {span.name: span for span in carry_out(tasks, 3)}
    assert set(spans) == {task.name for task in tasks}
    for task in tasks:
        assert all(spans[name].end <= spans[task.name].start for name in task.waits)
    for lane in {task.lane for task in tasks}:
        mine = [spans[task.name] for task in tasks if task.lane == lane]
        assert all(before.end <= after.start for before, after in itertools.pairwise(mine))


def test_a_lane_that_sleeps_wakes_with_a_short_slice_and_works_with_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second task of lane b finds its signal there: it doesn't sleep."""
    short, seen = threading.local(), list[str]()

    @contextmanager
    def noted() -> Iterator[None]:
        short.on = True
        seen.append(threading.current_thread().name)
        yield
        short.on = False

    monkeypatch.setattr(lanes.slices, "short", noted)
    inside: list[bool] = []
    tasks = [Task("a", "a", 1, (), lambda: time.sleep(0.05)), *(Task(name, "b", 1, ("a",), lambda: inside.append(short.on)) for name in ("b", "c"))]
    carry_out(tasks, 2)
    assert seen == ["lane-b"] and inside == [False, False]


def test_shares_never_exceed_the_threads() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def act(share: int) -> None:
        nonlocal running, most
        with lock:
            running += share
            most = max(most, running)
        time.sleep(0.001)
        with lock:
            running -= share

    tasks = [Task(f"{lane}{i}", lane, share, (), lambda share=share: act(share)) for lane, share in (("a", 2), ("b", 1), ("c", 1)) for i in range(8)]  # type: ignore[misc]
    carry_out(tasks, 2)
    assert most == 2


def test_a_failure_stops_all_lanes() -> None:
    ran: list[str] = []

    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        carry_out([Task("x", "a", 1, (), fail), Task("y", "b", 1, ("x",), lambda: ran.append("y")), Task("z", "a", 1, (), lambda: ran.append("z"))], 2)
    assert ran == []


@pytest.mark.parametrize(("tasks", "sentence"), [
    ([Task("x", "a", 1, ("y",), nothing)], "x waits for 'y', which nothing signals"), ([Task("x", "a", 3, (), nothing)], "x takes 3 threads of 2"),
    ([Task("x", "a", 1, (), nothing)] * 2, "two tasks of a pipeline have the same name"),
])  # fmt: skip
def test_what_is_no_pipeline(tasks: list[Task], sentence: str) -> None:
    with pytest.raises(RuntimeFailure, match=sentence):
        carry_out(tasks, 2)


def test_a_signal_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_WAIT_S", 0.05)
    with pytest.raises(RuntimeFailure, match="the signal 'y' did not come"):
        carry_out([Task("x", "a", 1, ("y",), nothing), Task("y", "a", 1, (), nothing)], 2)


def test_waiting_takes_no_processor_time() -> None:
    """A lane that waits a while must leave the cores to others."""
    began = time.process_time()
    carry_out([Task("slow", "a", 1, (), lambda: time.sleep(0.3)), Task("after", "b", 1, ("slow",), nothing), Task("wide", "c", 2, (), nothing)], 2)
    assert time.process_time() - began < 0.15
