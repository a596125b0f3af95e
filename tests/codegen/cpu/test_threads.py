"""How launches are shared out and waited for: every unit once, in order of launches, whatever the threads do."""

from __future__ import annotations

import ctypes
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from intarsia.codegen.cpu import emit
from intarsia.codegen.cpu.kernels.text import PTR, FunctionText
from intarsia.codegen.cpu.kernels.threads import WORK, threads_text
from intarsia.ir import step_abi as abi
from intarsia.native import NativeObject

LAUNCHES = 40


def counting_step() -> str:
    """A step of LAUNCHES launches over `rows` units; launch l sets cell[unit] = cell[unit] * 3 + l for each unit of its range."""
    work = FunctionText("work", [("env", PTR), ("layer", "i64"), ("begin", "i64"), ("end", "i64")], internal=True)
    arena = work.load(work.at("%env", abi.slot("arena")), PTR)
    with work.loop("%begin", "%end", work.const(1)) as loop:
        cell = work.at(arena, work.binary("arith.muli", loop.index, work.const(8)))
        tripled = work.binary("arith.muli", work.load(cell, "i64"), work.const(3))
        work.store(work.binary("arith.addi", tripled, "%layer"), cell, "i64")
    step = FunctionText("count", [("env", PTR)])
    rows = step.load(step.at("%env", abi.slot("rows")), "i64")
    function = step.op(f"func.constant @work : {WORK}")
    with step.loop(step.const(0), step.const(LAUNCHES), step.const(1)) as loop:
        step.call("parallel", ["%env", loop.index, loop.index, rows, function], [PTR, "i64", "i64", "i64", WORK])
    return work.text() + step.text()


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> NativeObject:
    path: Path = tmp_path_factory.mktemp("threads") / "count.o"
    emit.compile_object(counting_step() + threads_text(), path)
    return NativeObject(path)


class Machine:
    """A context with its workers, as the driver has it."""

    def __init__(self, native: NativeObject, threads: int) -> None:
        self.threads, self.entry = threads, native.address("count")
        self.context, self.tickets = np.zeros(abi.CONTEXT_BYTES // 8 + 8, np.int64), np.zeros(8 * LAUNCHES + 8, np.int64)
        self.block, self.cells = np.zeros(abi.STEP_SLOTS, np.int64), np.zeros(4096, np.int64)
        self.run = native.function(abi.RUN, ctypes.c_void_p, ctypes.c_void_p)
        loop = native.function(abi.WORKER, ctypes.c_void_p, ctypes.c_int64)
        self.workers = [threading.Thread(target=loop, args=(self.context.ctypes.data, n), daemon=True) for n in range(1, threads)]
        for worker in self.workers:
            worker.start()

    def step(self, units: int, threads: int | None = None, **words: int) -> np.ndarray:
        self.cells[:] = 1
        facts = {"entry": self.entry, "arena": self.cells.ctypes.data, "tickets": self.tickets.ctypes.data, "threads": threads or self.threads, "rows": units}
        for name, value in (facts | words).items():
            self.block[abi.STEP.index(name)] = value
        self.run(self.context.ctypes.data, self.block.ctypes.data)
        return self.cells

    def close(self) -> None:
        self.block[abi.STEP.index("entry")] = 0
        self.run(self.context.ctypes.data, self.block.ctypes.data)
        for worker in self.workers:
            worker.join(10)
        assert not any(worker.is_alive() for worker in self.workers)


def expected() -> int:
    value = 1
    for launch in range(LAUNCHES):
        value = value * 3 + launch
    return np.array(value % (1 << 64), np.uint64).astype(np.int64).item()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_unit_runs_once_a_launch_and_launches_follow_each_other(counting: NativeObject, threads: int) -> None:
    machine = Machine(counting, threads)
    for round_ in range(40):
        units = (0, 1, 2, 7, 24, 25, 1000, 4096)[round_ % 8]
        cells = machine.step(units)
        assert (cells[:units] == expected()).all()
        assert (cells[units:] == 1).all()
    machine.close()


def test_fewer_threads_than_there_are_can_be_asked_for(counting: NativeObject) -> None:
    machine = Machine(counting, 3)
    for threads in (3, 1, 2, 1, 3):
        assert (machine.step(100, threads)[:100] == expected()).all()
    machine.close()


def test_workers_that_sleep_between_steps_come_back(counting: NativeObject) -> None:
    machine = Machine(counting, 2)
    for _ in range(3):
        time.sleep(0.02)
        assert (machine.step(4096)[:4096] == expected()).all()
    machine.close()


def test_sleeping_workers_use_no_processor(counting: NativeObject) -> None:
    machine = Machine(counting, 3)
    machine.step(64)
    time.sleep(0.05)
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.1
    machine.close()


def test_traces_hold_each_launch(counting: NativeObject) -> None:
    machine = Machine(counting, 2)
    traces = np.zeros((2, 1 + 3 * 100), np.int64)
    began = time.perf_counter_ns()
    machine.step(4096, trace=traces.ctypes.data, trace_slots=100)
    ended = time.perf_counter_ns()
    rows = [traces[t, 1 : 1 + 3 * traces[t, 0]].reshape(-1, 3) for t in range(2)]
    assert {int(launch) for part in rows for launch in part[:, 0]} == set(range(LAUNCHES))
    for part in rows:
        assert (part[:, 1] <= part[:, 2]).all()
        assert began <= part[:, 1].min(initial=ended)
        assert part[:, 2].max(initial=began) <= ended
    machine.step(4096, trace=traces.ctypes.data, trace_slots=100)
    assert traces[:, 0].max() <= 100
    machine.close()


def test_many_contexts_live_side_by_side(counting: NativeObject) -> None:
    machines = [Machine(counting, 2) for _ in range(3)]
    for _ in range(10):
        for machine in machines:
            assert (machine.step(50)[:50] == expected()).all()
    for machine in machines:
        machine.close()
